//go:build unix

package main

import "time"

// idleList has an event loop's clients in the order in which they last did something, more or less: a client that does
// something again within a sixteenth of the timeout keeps its place, so that the list isn't touched for every message.
type idleList struct {
	timeout     time.Duration
	first, last *client
}

// idleLinks is a client's place in the list.
type idleLinks struct {
	touched time.Duration // of the loop's time
	before  *client
	after   *client
}

func (l *idleList) oldest() *client { return l.first }

// deadline is when a client has done nothing for so long as it may: never sooner, at most a sixteenth later.
func (l *idleList) deadline(c *client) time.Duration {
	return c.touched + l.timeout + l.timeout/16
}

// add makes c the last of the list.
func (l *idleList) add(c *client, now time.Duration) {
	c.touched = now
	c.before, c.after = l.last, nil
	if l.last != nil {
		l.last.after = c
	} else {
		l.first = c
	}
	l.last = c
}

// touch tells that a client of the list did something.
func (l *idleList) touch(c *client, now time.Duration) {
	if l.timeout > 0 && now-c.touched > l.timeout/16 {
		l.move(c, now)
	}
}

// move makes c the last.
func (l *idleList) move(c *client, now time.Duration) {
	l.remove(c)
	l.add(c, now)
}

// remove takes c off the list.
func (l *idleList) remove(c *client) {
	if c.before != nil {
		c.before.after = c.after
	} else {
		l.first = c.after
	}
	if c.after != nil {
		c.after.before = c.before
	} else {
		l.last = c.before
	}
}
