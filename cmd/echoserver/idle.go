//go:build unix

package main

import "time"

// idleList has an event loop's clients in the order in which they last did something.
type idleList struct {
	first, last *client
}

// idleLinks is a client's place in the list.
type idleLinks struct {
	touched time.Duration // of the loop's time
	before  *client
	after   *client
}

func (l *idleList) oldest() *client { return l.first }

// touch makes c the last of the list.
func (l *idleList) touch(c *client, now time.Duration) {
	l.remove(c)
	c.touched = now
	c.before = l.last
	if l.last != nil {
		l.last.after = c
	} else {
		l.first = c
	}
	l.last = c
}

// remove takes c off the list, if it is there.
func (l *idleList) remove(c *client) {
	if c.before == nil && l.first != c {
		return
	}
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
	c.before, c.after = nil, nil
}
