package main

import (
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// An idle client needs at most 100 bytes of an event loop's memory.
func TestIdleMemory(t *testing.T) {
	const clients = 800
	l := newTestLoop(t)
	listener := &listener{Endpoint: sock.Endpoint{Network: "tcp", Type: sock.SOCK_STREAM}}
	peer := sock.Inet(netip.MustParseAddrPort("127.0.0.1:6543"))
	pair, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	fds := append(make([]int, 0, len(pair)+clients), pair[:]...)
	t.Cleanup(func() {
		for _, fd := range fds {
			sock.Close(fd)
		}
	})
	before := heap()
	for range clients {
		fd, err := sock.Dup(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
		l.add(newClient(listener, fd, peer))
	}
	each := (heap() - before) / clients
	if l.count != clients || each > 100 {
		t.Errorf("%d clients with %d bytes each, want %d and at most 100", l.count, each, clients)
	}
	runtime.KeepAlive(l)
}

// overdue is a waiter whose deadline is always over.
type overdue struct{ waits int }

func (o *overdue) wait(bool, time.Time, func(uintptr) bool) error {
	o.waits++
	return os.ErrDeadlineExceeded
}

// A client that doesn't receive is idle after two timeouts, the first of which may find space in the kernel's buffer, however
// much more that is than a burst.
func TestLastAttempt(t *testing.T) {
	t.Run("converse", func(t *testing.T) {
		s := newTestLoop(t).server
		c := overfullClient(t, s)
		defer sock.Close(int(c.fd))
		defer s.discard(c)
		o := &overdue{}
		if err := s.converse(c, o, s.newBuffers()); err != errIdle || o.waits != 2 {
			t.Errorf("converse = %v after %d waits, want %v after 2", err, o.waits, errIdle)
		}
	})
	t.Run("loop", func(t *testing.T) {
		l := newTestLoop(t)
		l.idle.timeout = time.Second
		c := overfullClient(t, l.server)
		l.add(c)
		for _, kept := range []bool{true, false} {
			l.now += time.Minute
			l.serveLast(c)
			if l.client(int(c.fd)) == c != kept {
				t.Errorf("client kept = %t, want %t", !kept, kept)
			}
		}
	})
}

// overfullClient returns a client of a socket with space for more than a burst, and with more than that pending.
func overfullClient(t *testing.T, s *server) *client {
	t.Helper()
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close(fds[1]) })
	if err := sock.Setsockopt(fds[0], sock.SO_SNDBUF, 4*burst); err != nil {
		t.Fatal(err)
	}
	listener := &listener{Endpoint: sock.Endpoint{Network: "unix", Type: sock.SOCK_STREAM}, addr: sock.Unnamed()}
	c := newClient(listener, fds[0], sock.Unnamed())
	c.ended = true
	if err := s.keep(c, make([]byte, 32*burst)); err != nil {
		t.Fatal(err)
	}
	return c
}

// heap returns how many bytes of the heap are in use.
func heap() int {
	runtime.GC()
	runtime.GC() // the second collection empties sync.Pools
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
