package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// newStop returns the event that tells a server to stop.
func newStop(t *testing.T) *fdutil.Event {
	t.Helper()
	stop, err := fdutil.NewEvent()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop.Close)
	return stop
}

// newTestLoop returns a loop without listeners, which the test drives.
func newTestLoop(t *testing.T) *loop {
	t.Helper()
	s := &server{options: &options{buffer: 64 << 10}, log: slog.New(slog.NewTextHandler(io.Discard, nil)), stop: newStop(t)}
	s.space.dir = t.TempDir()
	l, err := newLoop(s, 1, new(atomic.Int32))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// batchClients adds clients to a loop, and returns them and the other ends of their sockets.
func batchClients(t *testing.T, l *loop, n int) (clients []*client, peers []int) {
	t.Helper()
	if !l.group.transfers.Works() {
		t.Skip("io_uring is not available here")
	}
	listener := &listener{Endpoint: sock.Endpoint{Network: "unix", Type: sock.SOCK_STREAM}, addr: sock.Unnamed()}
	for range n {
		pair, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(listener, pair[0], sock.Unnamed())
		l.add(c)
		clients, peers = append(clients, c), append(peers, pair[1])
		t.Cleanup(func() {
			sock.Close(pair[1])
			if l.client(pair[0]) == c {
				l.remove(c, nil)
			}
		})
	}
	return clients, peers
}

// serveTogether serves clients as if they all had events at once.
func serveTogether(l *loop, clients []*client) {
	for _, c := range clients {
		if l.client(int(c.fd)) == c {
			l.serve(c, sock.EPOLLIN)
		}
	}
	if len(l.group.clients) > 0 {
		l.serveGroup()
	}
}

func mustSend(t *testing.T, peer int, message []byte) {
	t.Helper()
	if n, err := sock.Send(peer, message, 0); n != len(message) || err != nil {
		t.Fatalf("sent %d of %d bytes, %v", n, len(message), err)
	}
}

func wantBytes(t *testing.T, peer int, want []byte) {
	t.Helper()
	got := make([]byte, len(want)+1)
	if n, err := sock.Recv(peer, got, 0); err != nil || !bytes.Equal(got[:n], want) {
		t.Errorf("received %d bytes, %v; want %d", n, err, len(want))
	}
}

func wantNothing(t *testing.T, peer int) {
	t.Helper()
	if n, err := sock.Recv(peer, make([]byte, 1), 0); err != sock.EAGAIN {
		t.Errorf("received %d bytes, %v; want EAGAIN", n, err)
	}
}

// Each client of a group gets back what it sent, whatever the others do.
func TestGroup(t *testing.T) {
	large := bytes.Repeat([]byte("large"), 10_000)
	tests := []struct {
		name   string
		begins func(t *testing.T, fd, peer int)
		ends   func(t *testing.T, peer int, again func())
		stays  bool
	}{
		{"says nothing", func(*testing.T, int, int) {}, func(t *testing.T, peer int, _ func()) { wantNothing(t, peer) }, true},
		{"ends", func(t *testing.T, _, peer int) {
			mustSend(t, peer, []byte("last"))
			sock.Shutdown(peer, sock.SHUT_WR)
		}, func(t *testing.T, peer int, again func()) {
			wantBytes(t, peer, []byte("last"))
			again()
			wantBytes(t, peer, nil)
		}, false},
		{"ends without sending", func(_ *testing.T, _, peer int) { sock.Shutdown(peer, sock.SHUT_WR) },
			func(t *testing.T, peer int, _ func()) { wantBytes(t, peer, nil) }, false},
		{"receives nothing any more", func(t *testing.T, _, peer int) {
			mustSend(t, peer, []byte("x"))
			sock.Shutdown(peer, sock.SHUT_RD)
		}, func(t *testing.T, peer int, _ func()) { wantBytes(t, peer, nil) }, false},
		{"receives later", func(t *testing.T, fd, peer int) {
			fill(t, fd)
			mustSend(t, peer, []byte("pending"))
		}, func(t *testing.T, peer int, again func()) {
			for n := 1; n > 0; n, _ = sock.Recv(peer, make([]byte, 4096), 0) {
			}
			again()
			wantBytes(t, peer, []byte("pending"))
		}, true},
		{"says much", func(t *testing.T, _, peer int) { mustSend(t, peer, large) }, func(t *testing.T, peer int, again func()) {
			again()
			wantBytes(t, peer, large)
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newTestLoop(t)
			clients, peers := batchClients(t, l, eventloop.MaxTransfers+3)
			c, peer := clients[1], peers[1]
			tt.begins(t, int(c.fd), peer)
			for i, other := range peers {
				if other != peer {
					mustSend(t, other, fmt.Append(nil, i))
				}
			}
			serveTogether(l, clients)
			for i, other := range peers {
				if other != peer {
					wantBytes(t, other, fmt.Append(nil, i))
				}
			}
			tt.ends(t, peer, func() { serveTogether(l, []*client{c}) })
			if stays := l.client(int(c.fd)) == c; stays != tt.stays {
				t.Errorf("client still connected = %t, want %t", stays, tt.stays)
			}
		})
	}
}

// If the ring fails, clients are served one by one, and no byte is lost.
func TestGroupWithoutRing(t *testing.T) {
	l := newTestLoop(t)
	clients, peers := batchClients(t, l, 3)
	for i, peer := range peers {
		mustSend(t, peer, fmt.Append(nil, i))
	}
	l.group.transfers.Close()
	for range 2 {
		serveTogether(l, clients)
	}
	for i, peer := range peers {
		wantBytes(t, peer, fmt.Append(nil, i))
	}
	if l.group.takes(clients[0]) {
		t.Error("takes = true after the ring failed, want false")
	}
}

// fill sends to a socket until its buffer is full.
func fill(t *testing.T, fd int) {
	t.Helper()
	for {
		if _, err := sock.Send(fd, make([]byte, 4096), 0); err == sock.EAGAIN {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
