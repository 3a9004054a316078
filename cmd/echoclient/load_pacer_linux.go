package main

import (
	"cmp"
	"math"
	"sort"
	"time"
)

// never is a time that no load reaches. Adding another time to it doesn't overflow.
const never = math.MaxInt64 / 4 * time.Nanosecond

// pacer hands out the messages of a loop: with -rate when they are due, and otherwise at once. The messages of a load have
// numbers, and go to its connections in turn, whichever loops have these.
type pacer struct {
	begins      time.Duration // when the load's first message is due
	interval    float64       // in nanoseconds between two messages of the load; 0 without -rate
	taken       int64         // messages handed out
	limit       int64         // messages in all
	timed       bool          // whether the limit is what is due in the time of -d, which ends the load
	index, step int64         // the number of the loop's first connection, and from each to the next
	count       int64         // connections of the loop
	connections int64         // of the load
}

// newPacer returns the pacer of one of the load's loops, which has every connection whose number modulo -threads is index.
func newPacer(o *options, index int) pacer {
	p := pacer{index: int64(index), step: int64(o.threads), connections: int64(o.connections)}
	p.count = upTo(p.connections, p.index, p.step)
	total := cmp.Or(o.total, math.MaxInt64)
	if o.rate > 0 {
		p.interval = min(float64(time.Second)/o.rate, float64(never))
		if o.duration > 0 {
			due := max(1, int64(math.Ceil(float64(o.duration)/p.interval-1e-6)))
			total, p.timed = min(total, due), due <= total
		}
	}
	p.limit = p.share(total)
	return p
}

// upTo returns how many of index, index+step, index+2*step and so on are below n.
func upTo(n, index, step int64) int64 { return max(0, (n-index+step-1)/step) }

// share returns how many of the load's first messages are the loop's.
func (p *pacer) share(total int64) int64 {
	return total/p.connections*p.count + min(p.count, upTo(total%p.connections, p.index, p.step))
}

// paced reports whether messages are due at given times.
func (p *pacer) paced() bool { return p.interval > 0 }

// over reports whether all messages were handed out.
func (p *pacer) over() bool { return p.taken == p.limit }

// due returns when a message of the loop is due, with -rate. Its first one has number 0.
func (p *pacer) due(message int64) time.Duration {
	number := message/p.count*p.connections + p.index + message%p.count*p.step
	return p.begins + time.Duration(min(float64(number)*p.interval, float64(never)))
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
	return int64(sort.Search(int(min(p.limit, math.MaxInt)), func(message int) bool { return p.due(int64(message)) > t }))
}
