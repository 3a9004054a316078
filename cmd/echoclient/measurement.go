//go:build unix

package main

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	longestLatency = time.Hour
	latencyDigits  = 3 // that are exact
	maxTold        = 10
)

// measurement is the result of a load. Only one goroutine uses it at a time.
type measurement struct {
	latencies *hdrhistogram.Histogram // in nanoseconds
	intervals *intervals              // the same, by the time of the answer; nil without -hdr
	messages  int64                   // messages with a right answer
	timeline  timeline                // the same, by the time of the answer
	lost      int64                   // datagrams that weren't answered in time
	late      int64                   // answers to those, and duplicate answers
	unsent    int64                   // messages that were due but not sent at the end
	cut       int64                   // messages that were being answered when the time was over
	wrong     int64                   // connections with a wrong answer
	failures  map[string]int64        // connections that failed, by call and reason
	first     error                   // the first of the wrong answers, or else of the failures
	told      []string                // texts of the first few of both
	end       time.Duration           // from the first message on
}

func newMeasurement(o *options) *measurement {
	m := &measurement{
		latencies: newHistogram(),
		timeline:  timeline{width: binWidth},
		failures:  make(map[string]int64),
	}
	if o.hdr != "" {
		m.intervals = newIntervals()
	}
	return m
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(longestLatency), latencyDigits)
}

// record records an answer that arrived at a time since the first message.
func (m *measurement) record(at, latency time.Duration) {
	m.messages++
	nanoseconds := int64(min(latency, longestLatency))
	m.latencies.RecordValue(nanoseconds)
	m.intervals.record(at, nanoseconds)
	m.timeline.count(at)
	m.end = at
}

// lasted records that the load has lasted for a time since the first message.
func (m *measurement) lasted(d time.Duration) { m.end = max(m.end, d) }

// fail counts a connection that failed.
func (m *measurement) fail(kind string, err error) {
	m.failures[kind]++
	m.tell(err.Error())
	if m.first == nil {
		m.first = err
	}
}

// mistake counts a wrong answer.
func (m *measurement) mistake(err error) {
	if m.wrong == 0 {
		m.first = err
	}
	m.wrong++
	m.tell(err.Error())
}

// tell keeps the first few messages about connections, each text once.
func (m *measurement) tell(s string) {
	if len(m.told) < maxTold && !slices.Contains(m.told, s) {
		m.told = append(m.told, s)
	}
}

// merge adds another measurement of the same time.
func (m *measurement) merge(o *measurement) {
	m.latencies.Merge(o.latencies)
	m.intervals.merge(o.intervals)
	m.messages += o.messages
	m.timeline.merge(&o.timeline)
	m.lost += o.lost
	m.late += o.late
	m.unsent += o.unsent
	m.cut += o.cut
	for kind, n := range o.failures {
		m.failures[kind] += n
	}
	if o.first != nil && (m.first == nil || m.wrong == 0 && o.wrong > 0) {
		m.first = o.first
	}
	m.wrong += o.wrong
	for _, s := range o.told {
		m.tell(s)
	}
	m.end = max(m.end, o.end)
}

// failed returns how many connections failed.
func (m *measurement) failed() int64 {
	var sum int64
	for _, n := range m.failures {
		sum += n
	}
	return sum
}
