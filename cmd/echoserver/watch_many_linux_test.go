package main_test

import (
	"bufio"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// With 10,000 clients the page counts all of them, finds any, and shows 200: the size of an event
// does not grow with their number.
func TestWatchManyClients(t *testing.T) {
	const many, maxEvent = 10_000, 200 << 10
	if testing.Short() {
		t.Skip("it takes 10,000 connections")
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < many+100 {
		t.Skipf("the limit of descriptors is %d (%v)", limit.Cur, err)
	}
	s := startWatched(t)
	var last net.Conn
	for range many {
		c, err := net.Dial("tcp", s.address())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		last = c
	}
	e := s.await("/events", "all clients, accepted", func(e pageEvent) bool {
		return e.Total == many && e.Sentence == "10000 clients, 10001 sockets: 1 listener and one for each client"
	})
	if len(e.Rows) != 200 || e.Matching != many {
		t.Errorf("with %d clients: %d rows, %d matching; want 200 rows, all matching", many, len(e.Rows), e.Matching)
	}
	name := last.LocalAddr().String()
	s.await("/events?filter="+name, "one of them", func(e pageEvent) bool { return e.Matching == 1 && e.Rows[0].Client == name })
	say(t, last, "hello")
	s.await("/events?sort=in", "the busiest first", func(e pageEvent) bool { return e.Rows[0].Client == name && e.Rows[0].In == 5 })
	line, err := bufio.NewReader(s.get("GET", "/events").Body).ReadString('\n')
	if err != nil || len(line) > maxEvent {
		t.Errorf("an event has %d bytes, %v; want %d at most", len(line), err, maxEvent)
	}
}
