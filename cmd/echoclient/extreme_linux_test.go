package main

import (
	"fmt"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

// The smallest and the largest values of flags work.
func TestLoadExtremeValues(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, tt := range []struct {
		args     string
		messages int64
	}{
		{"-n 3 -d 2562047h47m16s", 3},
		{"-n 3 -d 2562047h47m16s -rate 1e9", 3},
		{"-n 3 -timeout 2562047h47m16s -connect-timeout 2562047h47m16s", 3},
		{"-n 3 -timeout 0 -connect-timeout 0", 3},
		{"-d 100ms -rate 5e-324", 1},
		{"-d 100ms -rate 1e-300 -c 3", 1},
		{"-d 100ms -rate 1e-9 -n 5", 1},
		{"-n 3 -c 4 -depth 1048576", 3},
		{"-n 3 -size 1", 3},
	} {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			expectAll(t, measure(t, addr, strings.Fields(tt.args)...), tt.messages)
		})
	}
	t.Run("the largest number", func(t *testing.T) {
		r := measure(t, addr, "-n", fmt.Sprint(int64(math.MaxInt64)), "-d", "100ms")
		expectAll(t, r, r.Messages)
	})
}

// A timeout of 1ns is reported as a timeout, and causes no panic.
func TestShortestTimeouts(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) { <-t.Context().Done() })
	for _, args := range [][]string{{"Hello"}, {"-n", "1"}, {"-doctor"}} {
		for _, flag := range []string{"-timeout", "-connect-timeout"} {
			got := client(t, nil, addr, append([]string{"-timeout", "200ms", flag, "1ns"}, args...)...)
			if got.Code != exitTrouble || !strings.Contains(got.Stderr, addr+": timed out") {
				t.Errorf("echoclient %s 1ns %v: %+v, want a timeout", flag, args, got)
			}
		}
	}
}

// A timeline of any duration has a bounded size, and counts every message.
func TestTimelineBounded(t *testing.T) {
	short, long := timeline{width: binWidth}, timeline{width: binWidth}
	const count = 100_000
	for i := range count {
		short.count(time.Duration(i) * time.Millisecond)
		long.count(time.Duration(i) * time.Hour)
	}
	for _, tl := range []*timeline{&short, &long} {
		for _, most := range []int{1, 250, reportBins} {
			width, counts := tl.steps(most)
			var sum int64
			for _, n := range counts {
				sum += n
			}
			if len(tl.bins) > maxBins || len(counts) > most || sum != count {
				t.Errorf("%d bins, %d steps of %v with %d messages; want at most %d, %d steps and %d messages", len(tl.bins), len(counts), width, sum, maxBins, most, count)
			}
		}
	}
	long.merge(&short)
	if first := long.bins[0]; long.width != short.width || first <= count/1000 {
		t.Errorf("widths %v and %v, %d messages in the first bin; want equal widths and more than %d", long.width, short.width, first, count/1000)
	}
}
