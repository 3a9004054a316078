//go:build unix

package main

import (
	"bytes"
	"cmp"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	shortestInterval = time.Second
	intervalsEach    = 1000 // of a length: those that follow are twice as long, so that a load of any duration takes little memory
)

// intervals are the latencies of a load by when its answers came, for -hdr. All loops have the same intervals. A nil *intervals
// records nothing.
type intervals struct {
	past    []*hdrhistogram.PackedHistogram
	current *hdrhistogram.Histogram
	end     time.Duration // of the current one, since the first message
}

func newIntervals() *intervals {
	return &intervals{current: newHistogram(), end: shortestInterval}
}

// intervalLength is how long interval number i is.
func intervalLength(i int) time.Duration { return shortestInterval << (i / intervalsEach) }

// record notes an answer that came at a time since the first message, which is never before that of the last one.
func (v *intervals) record(at time.Duration, latency int64) {
	if v == nil {
		return
	}
	for at >= v.end {
		v.past = append(v.past, v.packed())
		v.current.Reset()
		v.end += intervalLength(len(v.past))
	}
	v.current.RecordValue(latency)
}

// packed is the current interval in little memory.
func (v *intervals) packed() *hdrhistogram.PackedHistogram {
	packed := hdrhistogram.NewPacked(1, int64(longestLatency), latencyDigits)
	packed.MergeFrom(v.current)
	return packed
}

// merge adds the intervals of a loop that has ended to those of others.
func (v *intervals) merge(o *intervals) {
	if v == nil || o == nil {
		return
	}
	for i, interval := range append(o.past, o.packed()) {
		if i == len(v.past) {
			v.past = append(v.past, interval)
		} else {
			v.past[i].Merge(interval)
		}
	}
}

// log is the merged intervals in HdrHistogram's format for logs, with times since the first message. The last answer came at end.
func (v *intervals) log(end time.Duration) ([]byte, error) {
	var b bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&b)
	err := cmp.Or(w.OutputComment("[Latencies in nanoseconds, by echoclient]"), w.OutputLogFormatVersion(), w.OutputLegend())
	from := time.Duration(0)
	for i, interval := range v.past {
		to := min(from+intervalLength(i), max(end, from+time.Millisecond)) // no interval is empty: tools divide by its length
		interval.SetStartTimeMs(from.Milliseconds())
		interval.SetEndTimeMs(to.Milliseconds())
		err = cmp.Or(err, w.OutputIntervalPackedHistogram(interval))
		from = to
	}
	return b.Bytes(), err
}
