package main

import (
	"errors"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// With -coalesce a loop accepts all clients that arrived meanwhile; without it, it leaves those
// after the first to the next event.
func TestCoalescingTakesAll(t *testing.T) {
	const waiting = 5
	for delay, want := range map[time.Duration]int{0: 1, time.Microsecond: waiting} {
		l := newTestLoop(t)
		l.server.options.coalesce = delay
		fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close(fd) })
		if err := errors.Join(sock.Bind(fd, sock.Unnamed()), sock.Listen(fd, waiting)); err != nil {
			t.Fatal(err)
		}
		addr, err := sock.Getsockname(fd)
		if err != nil {
			t.Fatal(err)
		}
		for range waiting {
			peer, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { sock.Close(peer) })
			if err := sock.Connect(peer, addr); err != nil {
				t.Fatal(err)
			}
		}
		if l.takeSome(&listener{Endpoint: sock.Endpoint{Network: "unix", Type: sock.SOCK_STREAM}, fd: fd, addr: addr}); l.count != want {
			t.Errorf("with a delay of %v: %d clients, want %d", delay, l.count, want)
		}
		for _, c := range l.clients {
			if c != nil {
				l.remove(c, nil)
			}
		}
	}
}
