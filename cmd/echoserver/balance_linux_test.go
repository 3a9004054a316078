package main_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// Clients that stay connected are distributed among the event loops, so that all cores work.
func TestBalance(t *testing.T) {
	const loops, most, step, more = 4, 200, 10, 40
	t.Setenv("GOMAXPROCS", fmt.Sprint(loops))
	server := cmdtest.Start(t, "-engine", "epoll", "-listen", "tcp://127.0.0.1:0")
	clients := 0
	connect := func() {
		fd := dial(t, server.Addr())
		send(t, fd, []byte("Hello"))
		receive(t, fd, []byte("Hello")) // so it is accepted before the next one connects
		clients++
	}
	for clients < most && (clients == 0 || slices.Min(clientsByLoop(t, server)) == 0) { // until each loop has started
		for range step {
			connect()
		}
	}
	for range more {
		connect()
	}
	counts := clientsByLoop(t, server)
	if len(counts) != loops || slices.Min(counts) < clients/loops/2 || slices.Max(counts) > clients/loops*2 {
		t.Errorf("the loops have %d clients; want %d loops with a share of %d each", counts, loops, clients/loops)
	}
}

// clientsByLoop returns how many clients each of a server's loops waits for: proc(5), /proc/PID/fdinfo.
func clientsByLoop(t *testing.T, server *cmdtest.Server) (counts []int) {
	t.Helper()
	for _, info := range procFiles(t, server, "fdinfo/*") {
		if exclusive.MatchString(info) {
			counts = append(counts, strings.Count(info, "tfd:")-2) // without the listener and the descriptor that stops the loop
		}
	}
	return counts
}

// exclusive is how a descriptor watched with EPOLLEXCLUSIVE is shown. Only listeners are.
var exclusive = regexp.MustCompile(`events: *1[0-9a-f]{7} `)
