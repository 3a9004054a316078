//go:build unix

package main

import "time"

// idleList holds an event loop's clients, ordered roughly by their last activity: a client that is active again within a
// sixteenth of the timeout keeps its place, so that the list isn't changed for every message.
type idleList struct {
	timeout     time.Duration
	first, last *client
}

// idleLinks is a client's place in the list.
type idleLinks struct {
	touched time.Duration // in the loop's time
	before  *client
	after   *client
}

// deadline returns when the first client's idle time ends, never sooner and at most a sixteenth later. It is 0 without
// clients or a timeout.
func (l *idleList) deadline() time.Duration {
	if l.first == nil || l.timeout == 0 {
		return 0
	}
	return l.first.idle.touched + l.timeout + l.timeout/16
}

// expired returns a client whose idle time is over, or nil.
func (l *idleList) expired(now time.Duration) *client {
	if deadline := l.deadline(); deadline == 0 || now < deadline {
		return nil
	}
	return l.first
}

// add makes c the last of the list.
func (l *idleList) add(c *client, now time.Duration) {
	c.idle.touched = now
	c.idle.before, c.idle.after = l.last, nil
	if l.last != nil {
		l.last.idle.after = c
	} else {
		l.first = c
	}
	l.last = c
}

// touch records that a client in the list was active.
func (l *idleList) touch(c *client, now time.Duration) {
	if l.timeout > 0 && now-c.idle.touched > l.timeout/16 {
		l.move(c, now)
	}
}

// move makes c the last.
func (l *idleList) move(c *client, now time.Duration) {
	l.remove(c)
	l.add(c, now)
}

// remove removes c from the list.
func (l *idleList) remove(c *client) {
	if c.idle.before != nil {
		c.idle.before.idle.after = c.idle.after
	} else {
		l.first = c.idle.after
	}
	if c.idle.after != nil {
		c.idle.after.idle.before = c.idle.before
	} else {
		l.last = c.idle.before
	}
}
