package main

import (
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

// batchLoop is a loop whose connections, more than a batch has, have each sent their first message to a peer.
func batchLoop(t *testing.T, args ...string) (l *loop, peers []int) {
	t.Helper()
	const count = eventloop.BatchSize + 3
	o, err := parseOptions(append([]string{"-addr", "unix:@nobody", "-c", strconv.Itoa(count)}, args...))
	check(t, err)
	shared, err := newLoad(o)
	check(t, err)
	t.Cleanup(func() { shared.stop.Close() })
	l, err = newLoop(shared, 0)
	check(t, err)
	t.Cleanup(l.close)
	if !l.batch.Works() {
		t.Skip("no io_uring here")
	}
	l.started = true
	for _, c := range l.connections {
		fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
		check(t, err)
		peers = append(peers, fds[1])
		c.fd, c.state = fds[0], open
		check(t, l.watch(sock.EPOLL_CTL_ADD, c.fd, sock.EPOLLIN|sock.EPOLLET, c.index))
		c.advance()
		t.Cleanup(func() {
			c.drop()
			sock.Close(fds[1])
		})
	}
	return l, peers
}

// goOn lets all connections go on as if they all had an event.
func goOn(l *loop) {
	for _, c := range l.connections {
		if c.state != closed {
			l.serve(c, sock.EPOLLIN)
		}
	}
	if len(l.batch.connections) > 0 {
		l.serveBatch()
	}
}

// Each connection of a batch has its answer checked and its next message sent, and what one meets is nothing to the others.
func TestLoadBatch(t *testing.T) {
	echo := func(t *testing.T, peer int) {
		t.Helper()
		p := make([]byte, 1000)
		n, err := sock.Recv(peer, p, 0)
		check(t, err)
		_, err = sock.Send(peer, p[:n], 0)
		check(t, err)
	}
	tests := []struct {
		name    string
		answer  func(t *testing.T, peer int)
		done    int64  // messages of that connection
		trouble string // what is noted of it
	}{
		{"answers", echo, 1, ""},
		{"is silent", func(*testing.T, int) {}, 0, ""},
		{"says the half", func(t *testing.T, peer int) {
			p := make([]byte, 32)
			n, err := sock.RecvFull(peer, p)
			check(t, err)
			_, err = sock.Send(peer, p[:n], 0)
			check(t, err)
		}, 0, ""},
		{"says too much", func(t *testing.T, peer int) {
			_, err := sock.Send(peer, []byte("?"), 0)
			check(t, err)
		}, 0, "it isn't what was sent"},
		{"says too much after the answer", func(t *testing.T, peer int) {
			echo(t, peer)
			_, err := sock.Send(peer, make([]byte, 100), 0)
			check(t, err)
		}, 0, "more came than was sent"},
		{"ends", func(t *testing.T, peer int) { check(t, sock.Shutdown(peer, sock.SHUT_WR)) }, 0, "the answer ended"},
		{"answers and takes no more", func(t *testing.T, peer int) {
			echo(t, peer)
			check(t, sock.Shutdown(peer, sock.SHUT_RD))
		}, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, peers := batchLoop(t)
			for i, peer := range peers {
				if i == 1 {
					tt.answer(t, peer)
				} else {
					echo(t, peer)
				}
			}
			goOn(l)
			for i, c := range l.connections {
				if i == 1 {
					continue
				}
				if c.done != 1 || c.sent != c.goal() {
					t.Fatalf("connection %d: %d messages are done and %d bytes to be sent, want 1 and none", i, c.done, c.goal()-c.sent)
				}
				echo(t, peers[i]) // the next one
			}
			if want := int64(len(peers)) - 1 + tt.done; l.messages != want {
				t.Errorf("%d messages are done, want %d", l.messages, want)
			}
			if got := strings.Join(l.told, "\n"); !strings.Contains(got, tt.trouble) || tt.trouble == "" && got != "" {
				t.Errorf("noted is %q, want %q", got, tt.trouble)
			}
		})
	}
}
