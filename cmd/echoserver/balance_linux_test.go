package main_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// Each event loop has its share of the clients, who stay: one loop would be one core's work.
func TestBalance(t *testing.T) {
	const loops, most, more = 4, 200, 40
	t.Setenv("GOMAXPROCS", fmt.Sprint(loops))
	server := cmdtest.Start(t, "-engine", "epoll", "-listen", "tcp://127.0.0.1:0")
	clients := 0
	connect := func() {
		fd := dial(t, server.Addr())
		send(t, fd, []byte("Hello"))
		receive(t, fd, []byte("Hello")) // it is accepted before the next one comes
		clients++
	}
	for connect(); slices.Min(clientsByLoop(t, server)) == 0 && clients < most; connect() { // until each loop is there
	}
	for range more {
		connect()
	}
	counts := clientsByLoop(t, server)
	if len(counts) != loops || slices.Min(counts) < clients/loops/2 || slices.Max(counts) > clients/loops*2 {
		t.Errorf("the loops have %d clients; want %d loops with a share of %d each", counts, loops, clients/loops)
	}
}

// clientsByLoop is how many clients each of a server's loops waits for: proc(5), /proc/PID/fdinfo.
func clientsByLoop(t *testing.T, server *cmdtest.Server) (counts []int) {
	t.Helper()
	for _, info := range procFiles(t, server, "fdinfo/*") {
		if exclusive.MatchString(info) {
			counts = append(counts, strings.Count(info, "tfd:")-2) // a listener, and the order to stop
		}
	}
	return counts
}

// exclusive is how a descriptor watched with EPOLLEXCLUSIVE is shown, which only a listener is.
var exclusive = regexp.MustCompile(`events: *1[0-9a-f]{7} `)
