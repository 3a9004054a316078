package main

import "time"

// begin reports whether a connection may begin a message now, and when the message was due.
func (l *loop) begin(c *connection) (due time.Duration, ok bool) {
	switch {
	case l.stopping:
		return 0, false
	case l.pace.paced():
		return l.pace.due(c.begun*int64(len(l.connections)) + int64(c.index)), c.begun < c.due
	}
	return l.now, l.pace.take(l.now)
}

// schedule hands due messages to the connections in turn, with -rate.
func (l *loop) schedule() {
	if !l.pace.paced() || l.stopping {
		return
	}
	for n := 0; n < dueAtOnce && l.pace.take(l.now); n++ {
		c := l.connections[(l.pace.taken-1)%int64(len(l.connections))]
		c.due++
		c.advance()
		if l.pace.over() {
			l.advance()
		}
	}
}

// over reports whether a connection has no more messages to send.
func (l *loop) over(c *connection) bool {
	return l.stopping || l.pace.over() && !l.pace.timed && (!l.pace.paced() || c.begun == c.due)
}

// wake returns the next time at which something is due even without an event.
func (l *loop) wake() time.Duration {
	at := l.tickAt
	if len(l.retry) > 0 {
		at = min(at, l.retryAt)
	}
	if l.started && !l.stopping {
		at = min(at, l.ends, l.pace.next())
	}
	return at
}

// keepTime does everything that has become due.
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
	if !l.started && l.options.duration > 0 && l.now >= l.load.longestConnect() {
		l.hopeless = true
	}
	for _, c := range l.connections {
		c.expire()
	}
	l.publish()
}

// finish counts the messages that were due and weren't sent, with -rate.
func (l *loop) finish() {
	l.publish()
	if !l.pace.paced() || !l.started {
		return
	}
	l.results.unsent = l.pace.taken
	if l.stopped > l.pace.begins {
		l.results.unsent = l.pace.dueBy(l.stopped)
	}
	for _, c := range l.connections {
		l.results.unsent -= c.begun
	}
}

// halt lets no more messages begin. Answers may still arrive, for grace.
func (l *loop) halt() {
	switch {
	case l.stopping:
		return
	case l.started:
		l.stopping, l.stopped = true, l.now
		l.results.lasted(l.elapsed())
		l.advance()
	default:
		l.stopping = true
		for _, c := range l.connections {
			c.close()
		}
	}
}

// graceIsOver reports whether answers to the last messages are no longer waited for.
func (l *loop) graceIsOver() bool { return l.stopping && l.now >= l.stopped+grace }

// after lets a connection try again after a pause.
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

// publish publishes the progress of this loop.
func (l *loop) publish() {
	l.load.current.messages.Add(l.results.messages - l.published)
	l.published = l.results.messages
}
