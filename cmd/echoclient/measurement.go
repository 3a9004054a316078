//go:build unix

package main

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	longestLatency = time.Hour
	mostTold       = 10
)

// measurement is what a load found out. One goroutine at a time has it.
type measurement struct {
	latencies *hdrhistogram.Histogram // in nanoseconds
	messages  int64                   // whose right answer came
	timeline  timeline                // the same by when it came
	lost      int64                   // datagrams that weren't answered in time
	late      int64                   // answers to those, and second answers
	unsent    int64                   // messages that were due and not yet sent at the end
	cut       int64                   // messages that were being answered when the time was over
	wrong     int64                   // connections with a wrong answer
	failures  map[string]int64        // connections that failed, by the call and why
	first     error                   // the first of the wrong answers, or else of the failures
	told      []string                // the first few of both
	end       time.Duration           // from the first message on
}

func newMeasurement() *measurement {
	return &measurement{
		latencies: hdrhistogram.New(1, int64(longestLatency), 3),
		timeline:  timeline{width: binWidth},
		failures:  make(map[string]int64),
	}
}

// record notes an answer that came at a time since the first message.
func (m *measurement) record(at, latency time.Duration) {
	m.messages++
	m.latencies.RecordValue(int64(min(latency, longestLatency)))
	m.timeline.count(at)
	m.end = at
}

// fail notes a connection that failed.
func (m *measurement) fail(kind string, err error) {
	m.failures[kind]++
	m.tell(err.Error())
	if m.first == nil {
		m.first = err
	}
}

// mistake notes a wrong answer.
func (m *measurement) mistake(err error) {
	if m.wrong == 0 {
		m.first = err
	}
	m.wrong++
	m.tell(err.Error())
}

// tell keeps what is said of a connection in full, for the first few.
func (m *measurement) tell(s string) {
	if len(m.told) < mostTold {
		m.told = append(m.told, s)
	}
}

// merge adds another measurement of the same time.
func (m *measurement) merge(o *measurement) {
	m.latencies.Merge(o.latencies)
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

// failed is how many connections failed.
func (m *measurement) failed() int64 {
	var sum int64
	for _, n := range m.failures {
		sum += n
	}
	return sum
}
