package main

import (
	"io"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// systemCalls counts a load's calls on its sockets and on epoll.
func systemCalls(t *testing.T, addr string, args ...string) map[string]int {
	t.Helper()
	need(t, "strace")
	strace := []string{"-f", "-c", "-U", "calls,name", cmdtest.Build(t, "echoclient"), "-addr", addr}
	got := cmdtest.Run(t, nil, "strace", append(strace, args...)...)
	if got.Code != exitOK {
		t.Fatalf("%+v", got)
	}
	counts := make(map[string]int)
	for _, m := range regexp.MustCompile(`(?m)^ *(\d+) +(\w+)$`).FindAllStringSubmatch(got.Stderr, -1) {
		n, err := strconv.Atoi(m[1])
		check(t, err)
		counts[m[2]] = n
	}
	return counts
}

func TestLoadSystemCalls(t *testing.T) {
	const n, c = 2000, 4
	for _, listen := range []string{"tcp4://127.0.0.1:0", "udp4://127.0.0.1:0", "unix:@echoclient-test-calls"} {
		addr := cmdtest.Start(t, "-listen", listen).Addr()
		calls := systemCalls(t, addr, "-n", strconv.Itoa(n), "-c", strconv.Itoa(c))
		// Beside the messages: the ends of the connections, and waits of Go's runtime.
		if calls["sendto"] != n || calls["recvfrom"] > n+2*c || calls["epoll_pwait2"] > n+50 || calls["epoll_ctl"] > c+10 {
			t.Errorf("%s: %v for %d messages, want one sendto and one recvfrom each", addr, calls, n)
		}
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	if calls := systemCalls(t, addr, "-n", strconv.Itoa(n), "-depth", "64"); calls["sendto"] > n/2 {
		t.Errorf("%d calls of sendto for %d messages, 64 of them in flight", calls["sendto"], n)
	}
}

// A message costs no allocation: ten times the messages don't take more.
func TestLoadAllocations(t *testing.T) {
	for _, listen := range []string{"tcp4://127.0.0.1:0", "udp4://127.0.0.1:0"} {
		addr := cmdtest.Start(t, "-listen", listen).Addr()
		allocations := func(args ...string) uint64 {
			o, err := parseOptions(append([]string{"-addr", addr, "-c", "4"}, args...))
			check(t, err)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			check(t, runLoad(o, io.Discard, io.Discard))
			runtime.ReadMemStats(&after)
			return after.Mallocs - before.Mallocs
		}
		few, many := allocations("-n", "100"), allocations("-n", "10100")
		if many > few+1000 {
			t.Errorf("%s: %d allocations for 100 messages, %d for 10,100", addr, few, many)
		}
	}
}
