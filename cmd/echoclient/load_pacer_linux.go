package main

import (
	"math"
	"time"
)

// never is a time that no load reaches. Adding another time to it doesn't overflow.
const never = math.MaxInt64 / 4 * time.Nanosecond

// pacer hands out the messages of a loop: with -rate when they are due, and otherwise at once.
type pacer struct {
	begins   time.Duration // when the first message is due
	interval float64       // in nanoseconds between two messages; 0 without -rate
	taken    int64         // messages handed out
	limit    int64         // messages in all
	timed    bool          // whether the limit is what is due in the time of -d, which ends the load
}

// newPacer returns the pacer of a loop that has count of the load's connections, and hence that share of its rate.
func newPacer(o *options, limit int64, count int) pacer {
	p := pacer{limit: limit}
	if o.rate > 0 {
		p.interval = min(float64(time.Second)/o.rate*float64(o.connections)/float64(count), float64(never))
		if o.duration > 0 {
			due := max(1, int64(math.Ceil(float64(o.duration)/p.interval-1e-6)))
			p.limit, p.timed = min(p.limit, due), due <= p.limit
		}
	}
	return p
}

// paced reports whether messages are due at given times.
func (p *pacer) paced() bool { return p.interval > 0 }

// over reports whether all messages were handed out.
func (p *pacer) over() bool { return p.taken == p.limit }

// due returns when a message is due, with -rate. The first one has number 0.
func (p *pacer) due(message int64) time.Duration {
	return p.begins + time.Duration(min(float64(message)*p.interval, float64(never)))
}

// next returns when the next message is due, with -rate.
func (p *pacer) next() time.Duration {
	if p.over() || !p.paced() {
		return never
	}
	return p.due(p.taken)
}

// take hands out the next message, if one is left and due.
func (p *pacer) take(now time.Duration) bool {
	if p.over() || p.paced() && p.next() > now {
		return false
	}
	p.taken++
	return true
}

// dueBy returns how many messages were due by a time, with -rate.
func (p *pacer) dueBy(t time.Duration) int64 {
	return min(p.limit, 1+int64(float64(t-p.begins)/p.interval))
}
