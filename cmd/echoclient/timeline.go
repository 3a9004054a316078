//go:build unix

package main

import (
	"math"
	"time"
)

const (
	binWidth = 10 * time.Millisecond
	maxBins  = 1 << 16 // so that a load of any duration needs little memory
)

// timeline counts messages by the time of their answer, in steps of binWidth. The steps become twice as wide whenever
// there would be more than maxBins.
type timeline struct {
	width time.Duration
	bins  []int64
}

// count counts a message.
func (t *timeline) count(at time.Duration) {
	for at/t.width >= maxBins {
		t.widen()
	}
	bin := int(at / t.width)
	for bin >= len(t.bins) {
		t.bins = append(t.bins, 0)
	}
	t.bins[bin]++
}

// widen makes the steps twice as wide.
func (t *timeline) widen() {
	for i, n := range t.bins {
		t.bins[i] = 0
		t.bins[i/2] += n
	}
	t.bins = t.bins[:(len(t.bins)+1)/2]
	t.width *= 2
}

// merge adds the messages of another timeline, whose steps it may widen.
func (t *timeline) merge(o *timeline) {
	for t.width < o.width {
		t.widen()
	}
	for o.width < t.width {
		o.widen()
	}
	for len(t.bins) < len(o.bins) {
		t.bins = append(t.bins, 0)
	}
	for i, n := range o.bins {
		t.bins[i] += n
	}
}

// steps returns the counts in equal steps of time, at most the given number of steps.
func (t *timeline) steps(limit int) (width time.Duration, counts []int64) {
	factor := int(math.Ceil(roundStep(max(1, float64(len(t.bins))/float64(limit)))))
	counts = make([]int64, (len(t.bins)+factor-1)/factor)
	for i, n := range t.bins {
		counts[i/factor] += n
	}
	return t.width * time.Duration(factor), counts
}
