package main

import (
	"io"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// noRing makes strace simulate a kernel without io_uring.
const noRing = "io_uring_setup:error=ENOSYS"

// systemCalls counts the calls of a load that succeeds although strace makes some of them fail.
func systemCalls(t *testing.T, inject, addr string, args ...string) map[string]int {
	t.Helper()
	need(t, "strace")
	strace := []string{"-f", "-c", "-U", "calls,name", "-e", "inject=" + inject, cmdtest.Build(t, "echoclient"), "-addr", addr}
	got := cmdtest.Run(t, nil, "strace", append(strace, args...)...)
	if got.Code != exitOK {
		t.Fatalf("echoclient under strace: %+v, want exit code 0", got)
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
	t.Parallel()
	const n, c = 2000, 4
	for _, listen := range []string{"tcp4://127.0.0.1:0", "udp4://127.0.0.1:0", "unix:" + abstractName()} {
		addr := cmdtest.Start(t, "-listen", listen).Addr()
		calls := systemCalls(t, noRing, addr, "-n", strconv.Itoa(n), "-c", strconv.Itoa(c))
		// Besides the messages, connections are shut down, and Go's runtime waits.
		if calls["sendto"] != n || calls["recvfrom"] > n+2*c || calls["epoll_pwait2"] > n+50 || calls["epoll_ctl"] > c+10 {
			t.Errorf("%s: %v for %d messages, want one sendto and one recvfrom each", addr, calls, n)
		}
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	if calls := systemCalls(t, noRing, addr, "-n", strconv.Itoa(n), "-depth", "64"); calls["sendto"] > n/2 {
		t.Errorf("%d calls of sendto for %d messages, 64 of them in flight; want at most %d", calls["sendto"], n, n/2)
	}
}

// Replies that arrived together are received together, and the next messages are sent together. Operations that a ring
// refuses once are done by separate calls. If the kernel refuses rings altogether, the load continues without one.
func TestLoadSystemCallsTogether(t *testing.T) {
	t.Parallel()
	const n = 2000
	ring, err := sock.NewRing(1)
	if err != nil {
		t.Skip("io_uring is not available here:", err)
	}
	ring.Close()
	tests := []struct {
		inject string
		rings  int // the most calls of io_uring_enter; strace counts by thread
		most   int // of all calls for the messages
	}{
		{"io_uring_enter:error=EPERM:when=1", 1, 2*n + 500},
		{"io_uring_enter:error=ENOMEM:when=1", n, n + 500},
		{"io_uring_enter:error=EAGAIN:when=2", n, n + 500},
		{"io_uring_enter:error=EBUSY:when=3+7", n, n + 500},
		{"io_uring_enter:retval=0:when=5", n, n + 500},
		{"io_uring_enter:error=ENOMEM", 500, 2*n + 1000},
		{"io_uring_enter:error=EINTR:when=65535", n, n}, // never happens
	}
	for _, listen := range []string{"tcp4://127.0.0.1:0", "udp4://127.0.0.1:0"} {
		addr := cmdtest.Start(t, "-listen", listen).Addr()
		for _, tt := range tests {
			t.Run(listen+" "+tt.inject, func(t *testing.T) {
				calls := systemCalls(t, tt.inject, addr, "-n", strconv.Itoa(n), "-c", "64")
				rings := calls["io_uring_enter"]
				if sum := calls["sendto"] + calls["recvfrom"] + rings; rings == 0 || rings > tt.rings || sum > tt.most {
					t.Errorf("%v: %d calls of io_uring_enter and %d in all for %d messages; want 1 to %d, and at most %d", calls, rings, sum, n, tt.rings, tt.most)
				}
			})
		}
	}
}

// Messages don't allocate: a hundred times the messages need about as many allocations.
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
			t.Errorf("%s: %d allocations for 100 messages, %d for 10,100; want about the same number", addr, few, many)
		}
	}
}
