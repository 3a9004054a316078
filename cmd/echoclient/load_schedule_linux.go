package main

import (
	"math"
	"time"
)

// never is a time that no load sees, with room for others to be added.
const never = math.MaxInt64 / 4 * time.Nanosecond

// begin tells whether a connection may begin a message now, and when that was due.
func (l *loop) begin(c *connection) (due time.Duration, ok bool) {
	switch {
	case l.stopping:
		return 0, false
	case l.rate > 0:
		return l.intended(c.begun*int64(len(l.connections)) + int64(c.index)), c.begun < c.due
	case l.begun == l.limit:
		return 0, false
	}
	l.begun++
	return l.now, true
}

// intended is when a message is due, at a rate. They fall to the connections in turn.
func (l *loop) intended(message int64) time.Duration {
	return l.begins + time.Duration(min(float64(message)*l.interval, float64(never)))
}

// schedule makes messages due, at a rate.
func (l *loop) schedule() {
	if l.rate == 0 || l.stopping {
		return
	}
	for n := 0; n < dueAtOnce && l.begun < l.limit && l.intended(l.begun) <= l.now; n++ {
		c := l.connections[l.begun%int64(len(l.connections))]
		c.due++
		l.begun++
		c.advance()
		if l.begun == l.limit {
			l.advance()
		}
	}
}

// over tells whether a connection will have no more messages to send.
func (l *loop) over(c *connection) bool {
	return l.stopping || l.begun == l.limit && (l.rate == 0 || c.begun == c.due)
}

// wake is when something is to be done though nothing happens.
func (l *loop) wake() time.Duration {
	at := l.tickAt
	if len(l.retry) > 0 {
		at = min(at, l.retryAt)
	}
	if l.started && !l.stopping {
		at = min(at, l.ends)
	}
	if l.started && !l.stopping && l.rate > 0 && l.begun < l.limit {
		at = min(at, l.intended(l.begun))
	}
	return at
}

// keepTime does what is due because time went by.
func (l *loop) keepTime() {
	if len(l.retry) > 0 && l.now >= l.retryAt {
		waiting := l.retry
		l.retry = nil
		for _, c := range waiting {
			c.again()
		}
	}
	if l.started && !l.stopping && l.now >= l.ends {
		l.halt()
	}
	if l.now < l.tickAt {
		return
	}
	l.tickAt = l.now + l.tick
	if !l.started && l.duration > 0 && l.now >= l.longestConnect() {
		l.hopeless = true
	}
	for _, c := range l.connections {
		c.expire()
	}
	l.publish()
}

// finish counts what was due, at a rate, and wasn't sent.
func (l *loop) finish() {
	l.publish()
	if l.rate == 0 || !l.started {
		return
	}
	l.unsent = l.begun
	if l.stopped > l.begins {
		l.unsent = min(l.limit, 1+int64(float64(l.stopped-l.begins)/l.interval))
	}
	for _, c := range l.connections {
		l.unsent -= c.begun
	}
}

// halt lets no more messages begin. What was sent may still be answered, for grace.
func (l *loop) halt() {
	switch {
	case l.stopping:
		return
	case l.started:
		l.stopping, l.stopped = true, l.now
		l.end = max(l.end, l.now-l.begins)
		l.advance()
	default:
		l.stopping = true
		for _, c := range l.connections {
			c.drop()
		}
	}
}

// after lets a connection try again in a little while.
func (l *loop) after(c *connection) {
	if c.paused {
		return
	}
	c.paused = true
	if len(l.retry) == 0 {
		l.retryAt = l.now + retryPause
	}
	l.retry = append(l.retry, c)
}

// publish tells the others how it goes.
func (l *loop) publish() {
	l.current.messages.Add(l.measurement.messages - l.published)
	l.published = l.measurement.messages
}
