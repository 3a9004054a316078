package main

import (
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

const (
	coalescePhase  = 10 * time.Millisecond  // how long something is done before it is judged
	coalesceHold   = time.Second            // how long what was found good isn't questioned
	coalescePause  = 100 * time.Millisecond // until the next trial, four times as long after each that failed
	longestPause   = 10 * time.Second
	comparedPhases = 3   // without naps, before a trial
	leastEvents    = 200 // of a phase: with fewer there is nothing to gain
	leastSources   = 8   // of events: fewer give too little for a nap
	fewEvents      = 4   // of a wait: a loop that gets more isn't woken often
	firstNaps      = 8   // after which it may be plain that they don't pay
)

// coalescing decides whether a loop naps before it waits for events, so that more of them come at once. Where clients are on
// other cores, a loop is woken for nearly every message, which costs more than to echo one. Where they share its core, or
// are few, a nap only costs time. So it is tried: naps have to treble what a wait gives, and keep the rate.
type coalescing struct {
	nap     time.Duration // how long one is, 0 for never
	napping bool
	trial   bool // whether that is to be judged
	precise bool // whether this thread's naps are as short as they should be

	began     time.Duration // when this phase did
	waits     int           // in it
	events    int
	bytes     int
	newcomers int // clients accepted, and datagrams

	phases     int     // those without naps, to compare with
	size, rate float64 // the events of a wait in the last of them, and the bytes a nanosecond of late
	next       time.Duration
	pause      time.Duration
}

// wait naps, if that pays. The kernel adds 50 µs to what a thread waits, unless it is told not to.
func (c *coalescing) wait() {
	if !c.napping {
		return
	}
	if !c.precise {
		c.precise = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) == nil
	}
	timeout := unix.NsecToTimespec(int64(c.nap))
	sock.Ppoll(nil, &timeout, nil)
}

// served counts an event of a client, and the bytes that came with it.
func (c *coalescing) served(bytes int) {
	c.events++
	c.bytes += bytes
}

// met counts newcomers, and the bytes that came with them.
func (c *coalescing) met(n, bytes int) {
	c.newcomers += n
	c.events += n
	c.bytes += bytes
}

// waited counts a wait, and decides at the end of a phase.
func (c *coalescing) waited(now time.Duration, clients int) {
	early := c.trial && c.waits == firstNaps
	if c.nap > 0 && (early || now-c.began >= coalescePhase) {
		c.decide(now, clients, early)
	}
	c.waits++
}

func (c *coalescing) decide(now time.Duration, clients int, early bool) {
	size, rate := float64(c.events)/float64(max(1, c.waits)), float64(c.bytes)/float64(now-c.began)
	pays := size >= 3*c.size && (rate >= 0.93*c.rate || early && rate >= 0.8*c.rate)
	switch {
	case early && pays:
		return
	case c.trial && pays:
		c.trial, c.pause, c.next = false, 0, now+coalesceHold
	case c.trial:
		c.pause = min(max(coalescePause, 4*c.pause), longestPause)
		c.stop(now + c.pause)
	case c.events < leastEvents || clients+c.newcomers < leastSources:
		c.pause = 0
		c.stop(now)
	case c.napping && (now >= c.next || rate < 0.9*c.rate):
		c.stop(now)
	case !c.napping:
		c.phases, c.size = c.phases+1, size
		if c.phases > 2 { // the first may have begun with something else
			rate = (c.rate + rate) / 2
		}
		c.rate = rate
		c.trial = c.phases >= comparedPhases && now >= c.next && size < fewEvents && c.rate > 0
		c.napping = c.trial
	}
	c.began, c.waits, c.events, c.bytes, c.newcomers = now, 0, 0, 0, 0
}

// stop ends naps until they are tried again.
func (c *coalescing) stop(next time.Duration) {
	c.trial, c.napping, c.next = false, false, next
	c.phases, c.size, c.rate = 0, 0, 0
}
