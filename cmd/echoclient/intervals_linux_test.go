package main

import (
	"bytes"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"example.com/berkeley/internal/cmdtest"
)

// readLogs merges all intervals of some logs, as the tools of HdrHistogram do.
func readLogs(t *testing.T, logs ...[]byte) (merged *hdrhistogram.Histogram, intervals []*hdrhistogram.Histogram) {
	t.Helper()
	merged = newHistogram()
	for _, log := range logs {
		if !bytes.HasPrefix(log, []byte("#")) || !bytes.Contains(log, []byte("#[Histogram log format version 1.3]\n")) {
			t.Errorf("the log has no header:\n%s", log)
		}
		reader := hdrhistogram.NewHistogramLogReader(bytes.NewReader(log))
		for {
			interval, err := reader.NextIntervalHistogram()
			check(t, err)
			if interval == nil {
				break
			}
			if dropped := merged.Merge(interval); dropped > 0 {
				t.Errorf("the log dropped %d values, want 0", dropped)
			}
			intervals = append(intervals, interval)
		}
	}
	return merged, intervals
}

// An interval takes time even if its answers came at once: tools divide by its length.
func TestIntervalsTakeTime(t *testing.T) {
	for _, end := range []time.Duration{0, 300 * time.Microsecond, time.Second, time.Second + time.Microsecond} {
		m := newMeasurement(&options{loadOptions: loadOptions{hdr: "x"}})
		m.record(end, time.Millisecond)
		sum := newMeasurement(&options{loadOptions: loadOptions{hdr: "x"}})
		sum.merge(m)
		log, err := sum.intervals.log(sum.end)
		check(t, err)
		for line := range strings.Lines(string(log)) {
			if fields := strings.Split(line, ","); len(fields) == 4 && strings.Trim(fields[1], "0.") == "" && !strings.HasPrefix(line, "\"") {
				t.Errorf("with the last answer at %v, an interval has no length: %s", end, line)
			}
		}
	}
}

// Merged logs of several loads have the percentiles of all their latencies.
func TestIntervalsMerge(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	var all []time.Duration
	var logs [][]byte
	for range 2 { // machines
		sum := newMeasurement(&options{loadOptions: loadOptions{hdr: "x"}})
		for loop := range 3 {
			m := newMeasurement(&options{loadOptions: loadOptions{hdr: "x"}})
			for at := time.Duration(0); at < time.Duration(loop+2)*time.Second; at += time.Duration(random.Int63n(int64(5 * time.Millisecond))) {
				latency := time.Duration(random.ExpFloat64() * float64(time.Millisecond))
				all = append(all, latency)
				m.record(at, latency)
			}
			sum.merge(m)
		}
		log, err := sum.intervals.log(sum.end)
		check(t, err)
		logs = append(logs, log)
	}
	merged, intervals := readLogs(t, logs...)
	if len(intervals) != 8 {
		t.Errorf("%d intervals, want 8", len(intervals))
	}
	for i, interval := range intervals {
		if want := int64(i % 4 * 1000); interval.StartTimeMs() != want {
			t.Errorf("interval %d begins at %d, want %d", i, interval.StartTimeMs(), want)
		}
	}
	if merged.TotalCount() != int64(len(all)) {
		t.Errorf("%d latencies, want %d", merged.TotalCount(), len(all))
	}
	slices.Sort(all)
	for _, percent := range []float64{1, 10, 50, 90, 99, 99.9, 100} {
		rank := int(percent / 100 * float64(len(all)))
		least, most := all[max(0, rank-1)], all[min(rank, len(all)-1)]
		if got := float64(merged.ValueAtQuantile(percent)); got < float64(least)*0.999 || got > float64(most)*1.001 {
			t.Errorf("p%v = %v, want %v to %v", percent, got, least, most)
		}
	}
}

// A load that takes days has few intervals, which get longer.
func TestIntervalsOfDays(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 11,000 intervals, which takes minutes with the race detector")
	}
	const days = 30
	m := newMeasurement(&options{loadOptions: loadOptions{hdr: "x"}})
	for hour := range days * 24 {
		m.record(time.Duration(hour)*time.Hour, time.Millisecond)
	}
	sum := newMeasurement(&options{loadOptions: loadOptions{hdr: "x"}})
	sum.merge(m)
	log, err := sum.intervals.log(sum.end)
	check(t, err)
	merged, intervals := readLogs(t, log)
	if merged.TotalCount() != days*24 || len(intervals) > 12*intervalsEach {
		t.Errorf("%d latencies in %d intervals, want %d in %d at most", merged.TotalCount(), len(intervals), days*24, 12*intervalsEach)
	}
	for i := 1; i < len(intervals); i++ {
		if before, after := intervals[i-1].EndTimeMs(), intervals[i].StartTimeMs(); before-after > 1 || after-before > 1 {
			t.Fatalf("interval %d begins at %d, want %d, the end of the one before", i, after, before)
		}
	}
}

// What -hdr writes is what -json prints.
func TestHDR(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	file := filepath.Join(t.TempDir(), "load.hlog")
	r := measure(t, addr, "-hdr", file, "-c", "4", "-threads", "2", "-n", "1000")
	log, err := os.ReadFile(file)
	check(t, err)
	merged, _ := readLogs(t, log)
	printed, err := hdrhistogram.Decode([]byte(r.Histogram))
	check(t, err)
	if merged.TotalCount() != 1000 || !merged.Equals(printed) {
		t.Errorf("-hdr has %d latencies, p50 %d, max %d; -json has %d, p50 %d, max %d; want 1000 in both, and equal ones", merged.TotalCount(), merged.ValueAtQuantile(50), merged.Max(),
			printed.TotalCount(), printed.ValueAtQuantile(50), printed.Max())
	}
	if printed.ValueAtQuantile(99) != r.Latency.P99 {
		t.Errorf("p99 of the histogram = %d, want the report's %d", printed.ValueAtQuantile(99), r.Latency.P99)
	}
}

func TestHDRFails(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := client(t, nil, addr, "-n", "1", "-hdr", "/no/such/directory/x.hlog")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "-hdr: open /no/such/directory/x.hlog: ENOENT (no such file or directory)") || got.Stdout != "" {
		t.Errorf("echoclient -hdr: %+v, want the error of -hdr, and no load before it", got)
	}
}
