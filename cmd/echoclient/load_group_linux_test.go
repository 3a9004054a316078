package main

import (
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

// groupLoop is a loop whose connections, more than a group has, have each sent their first message to a peer.
func groupLoop(t *testing.T, network string, typ int) (l *loop, peers []int) {
	t.Helper()
	const count = eventloop.MaxTransfers + 3
	o, err := parseOptions([]string{"-addr", network + ":@nobody", "-c", strconv.Itoa(count)})
	check(t, err)
	shared, err := newLoad(o)
	check(t, err)
	t.Cleanup(func() { shared.stop.Close() })
	l, err = newLoop(shared, 0)
	check(t, err)
	t.Cleanup(l.close)
	if !l.group.transfers.Works() {
		t.Skip("io_uring is not available here")
	}
	l.started, l.now = true, l.load.clock()
	for _, c := range l.connections {
		fds, err := sock.Socketpair(sock.AF_UNIX, typ|sock.SOCK_NONBLOCK, 0)
		check(t, err)
		peers = append(peers, fds[1])
		c.fd, c.state = fds[0], open
		check(t, l.control(sock.EPOLL_CTL_ADD, c.fd, sock.EPOLLIN|sock.EPOLLET, c.index))
		c.advance()
		t.Cleanup(func() {
			c.close()
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
	if len(l.group.connections) > 0 {
		l.serveGroup()
	}
}

// Each connection of a group has its answer checked and its next message sent, and what one meets is nothing to the others.
func TestLoadGroup(t *testing.T) {
	answer := func(change func(p []byte) []byte) func(t *testing.T, peer int) {
		return func(t *testing.T, peer int) {
			t.Helper()
			p := make([]byte, 1000)
			n, err := sock.Recv(peer, p, 0)
			check(t, err)
			_, err = sock.Send(peer, change(p[:n]), 0)
			check(t, err)
		}
	}
	echo := answer(func(p []byte) []byte { return p })
	wrong := answer(func(p []byte) []byte { p[20] ^= 1; return p })
	short := answer(func(p []byte) []byte { return p[:32] })
	long := answer(func(p []byte) []byte { return append(p, '?') })
	tests := []struct {
		name    string
		network string
		typ     int
		answer  func(t *testing.T, peer int)
		done    int64  // messages of that connection
		trouble string // what is noted of it
	}{
		{"stream", "unix", sock.SOCK_STREAM, echo, 1, ""},
		{"silence", "unix", sock.SOCK_STREAM, func(*testing.T, int) {}, 0, ""},
		{"half of an answer", "unix", sock.SOCK_STREAM, short, 0, ""},
		{"a wrong byte", "unix", sock.SOCK_STREAM, wrong, 0, "byte 20: it isn't what was sent"},
		{"too much", "unix", sock.SOCK_STREAM, long, 0, "byte 64: more came than was sent"},
		{"much too much", "unix", sock.SOCK_STREAM, answer(func(p []byte) []byte { return append(p, make([]byte, 100)...) }), 0, "byte 64: more came than was sent"},
		{"an end", "unix", sock.SOCK_STREAM, func(t *testing.T, peer int) { check(t, sock.Shutdown(peer, sock.SHUT_WR)) }, 0, "the answer ended"},
		{"nothing is taken after an answer", "unix", sock.SOCK_STREAM, func(t *testing.T, peer int) {
			echo(t, peer)
			check(t, sock.Shutdown(peer, sock.SHUT_RD))
		}, 1, ""},
		{"record", "unixpacket", sock.SOCK_SEQPACKET, echo, 1, ""},
		{"a short record", "unixpacket", sock.SOCK_SEQPACKET, short, 0, "byte 32: it isn't the record that was sent"},
		{"a long record", "unixpacket", sock.SOCK_SEQPACKET, long, 0, "byte 64: it isn't the record that was sent"},
		{"datagram", "unixgram", sock.SOCK_DGRAM, echo, 1, ""},
		{"no datagram", "unixgram", sock.SOCK_DGRAM, func(*testing.T, int) {}, 0, ""},
		{"a wrong datagram", "unixgram", sock.SOCK_DGRAM, wrong, 0, "byte 20: it isn't the datagram that was sent"},
		{"a long datagram", "unixgram", sock.SOCK_DGRAM, long, 0, "byte 64: it isn't the datagram that was sent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, peers := groupLoop(t, tt.network, tt.typ)
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
				if c.begun != 2 || c.done != 1 {
					t.Fatalf("connection %d: begun = %d, done = %d; want 2 and 1", i, c.begun, c.done)
				}
				echo(t, peers[i]) // the next one
			}
			if want := int64(len(peers)) - 1 + tt.done; l.results.messages != want {
				t.Errorf("messages = %d, want %d", l.results.messages, want)
			}
			if got := strings.Join(l.results.told, "\n"); !strings.Contains(got, tt.trouble) || tt.trouble == "" && got != "" {
				t.Errorf("told = %q, want %q", got, tt.trouble)
			}
		})
	}
}
