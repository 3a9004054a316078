package main

import (
	"errors"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// load is what the waits of a loop give.
type load struct {
	size int // events of a wait
	rate int // events a second
}

// took is how long a wait and what it gave take.
func (l load) took() time.Duration {
	return time.Duration(l.size) * time.Second / time.Duration(l.rate)
}

// Naps are for loops that are woken for a few events each time, which get three times as many with naps, at the same rate.
func TestCoalescing(t *testing.T) {
	tests := []struct {
		name        string
		plain, naps load
		clients     int // 0 for those who come and go
		want        bool
	}{
		{"a core of its own", load{1, 100_000}, load{13, 100_000}, 64, true},
		{"a core of its own, and a few events at once", load{3, 100_000}, load{16, 100_000}, 64, true},
		{"a core of its own, but many events at once already", load{5, 100_000}, load{25, 100_000}, 64, false},
		{"a core of its own, and hardly more events", load{1, 100_000}, load{2, 100_000}, 64, false},
		{"clients who come and go", load{1, 50_000}, load{10, 50_000}, 0, true},
		{"clients on the same core", load{4, 80_000}, load{3, 40_000}, 64, false},
		{"clients who wait for the loop", load{1, 80_000}, load{10, 65_000}, 16, false},
		{"few clients", load{1, 100_000}, load{7, 100_000}, 7, false},
		{"few events", load{1, 10_000}, load{2, 10_000}, 64, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := coalescing{nap: time.Microsecond}
			napping := runCoalescing(&c, 0, 5*time.Second, tt.plain, tt.naps, tt.clients)
			if share := napping.Seconds() / 5; tt.want && share < 0.9 || !tt.want && share > 0.01 {
				t.Errorf("the loop napped for %v of 5 s", napping)
			}
		})
	}
}

// What paid once is given up when it pays no more, and not tried all the time.
func TestCoalescingEnds(t *testing.T) {
	c := coalescing{nap: time.Microsecond}
	now := time.Second
	if runCoalescing(&c, 0, now, load{1, 100_000}, load{13, 100_000}, 64); !c.napping {
		t.Fatal("the loop doesn't nap")
	}
	if napping := runCoalescing(&c, now, time.Second, load{1, 100_000}, load{13, 80_000}, 64); napping > 50*time.Millisecond {
		t.Errorf("with a rate that naps lower, it naps for %v of 1 s", napping)
	}
}

func TestCoalescingOff(t *testing.T) {
	if napping := runCoalescing(&coalescing{}, 0, time.Second, load{1, 100_000}, load{13, 100_000}, 64); napping > 0 {
		t.Errorf("the loop naps for %v of 1 s", napping)
	}
}

// runCoalescing has a loop under load, from a time on and for so long, and tells how much of that it naps.
func runCoalescing(c *coalescing, from, long time.Duration, plain, naps load, clients int) (napping time.Duration) {
	for now := from; now < from+long; {
		c.waited(now, clients)
		l := plain
		if c.napping {
			l = naps
			napping += l.took()
		}
		if clients == 0 {
			c.met(l.size, l.size)
		} else {
			for range l.size {
				c.served(1)
			}
		}
		now += l.took()
	}
	return napping
}

// A loop that naps takes all who came meanwhile; another leaves those after the first to the next event.
func TestCoalescingTakesAll(t *testing.T) {
	const waiting = 5
	for napping, want := range map[bool]int{false: 1, true: waiting} {
		l := newTestLoop(t)
		l.coalescing = coalescing{nap: time.Microsecond, napping: napping}
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
		l.coalescing.wait()
		if l.takeSome(&listener{Endpoint: sock.Endpoint{Network: "unix", Type: sock.SOCK_STREAM}, fd: fd, addr: addr}); l.count != want {
			t.Errorf("napping %t: %d clients, want %d", napping, l.count, want)
		}
		if l.coalescing.precise != napping {
			t.Errorf("napping %t: its naps are precise: %t", napping, l.coalescing.precise)
		}
		for _, c := range l.clients {
			if c != nil {
				l.remove(c, nil)
			}
		}
	}
}
