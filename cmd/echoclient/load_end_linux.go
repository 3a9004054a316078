package main

import (
	"fmt"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// expire gives up if the server is due to act and made no progress for too long, or if the load's time is over.
func (c *connection) expire() {
	switch {
	case c.state == idle || c.state == closed:
	case c.state == connecting && (c.loop.hopeless || c.quietFor(c.options.connectTimeout)):
		// If no other connection was made meanwhile, those that wait to connect needn't be tried.
		c.loop.hopeless = c.loop.hopeless || !c.loop.started && c.loop.connectedAt <= c.moved
		c.fail("connect", errTimeout)
	case c.loop.graceIsOver():
		c.cutOff()
	case c.state == open && c.slots != nil:
		c.expireDatagrams()
	case c.serverIsDue() && c.quietFor(c.options.timeout):
		c.fail(c.waitsFor(), errTimeout)
	}
}

// serverIsDue reports whether the server of an established connection is to act: to answer, or to end the stream.
func (c *connection) serverIsDue() bool {
	return c.state == open && c.begun > c.done || c.state == ending
}

// quietFor reports whether no bytes have moved for a time; 0 is forever.
func (c *connection) quietFor(d time.Duration) bool {
	return d > 0 && c.loop.now-c.moved >= d
}

// waitsFor returns the call that a connection will make next.
func (c *connection) waitsFor() string {
	switch {
	case c.state == connecting:
		return "connect"
	case c.slots != nil && c.slots.unsent >= 0, c.slots == nil && c.sent < c.goal():
		return "send"
	}
	return "recv"
}

// cutOff ends a connection with messages in flight when the load's time is over. The connection has failed if nothing
// moved since the last message could begin, or if it never had an answer.
func (c *connection) cutOff() {
	switch inFlight := c.begun - c.done; {
	case c.slots != nil && c.slots.unsent < 0:
		lost := inFlight
		if c.heard {
			lost = c.slots.overdue(c.loop.now, c.options.timeout)
		}
		c.loop.results.lost += lost
		c.loop.results.cut += inFlight - lost
		c.close()
	case inFlight > 0 && c.heard && c.moved > c.loop.stopped:
		c.loop.results.cut += inFlight
		c.close()
	default:
		c.fail(c.waitsFor(), errTimeout)
	}
}

// note records an error.
func (c *connection) note(call string, err error) {
	failure := c.options.failed(call, c.options.server.URL(c.loop.load.sa), err)
	c.loop.results.fail(call+": "+callerr.Describe(err), c.about(failure))
}

// fail gives a connection up.
func (c *connection) fail(call string, err error) {
	c.note(call, err)
	c.abandon()
}

// wrong gives a connection up because of a wrong answer.
func (c *connection) wrong(offset int64, reason string) {
	c.loop.results.mistake(c.about(&differentError{offset: offset, reason: reason}))
	c.abandon()
}

// about adds to an error which connection it is about, with its address if it has one.
func (c *connection) about(err error) error {
	local, nameless := sock.Getsockname(c.fd)
	if nameless != nil || local == sock.Unnamed() || local.AddrPort().Addr().IsUnspecified() {
		return fmt.Errorf("connection %d: %w", c.number, err)
	}
	return fmt.Errorf("connection %d from %s: %w", c.number, c.options.server.URL(local), err)
}

// abandon ends a connection that failed, for now with -reconnect and else for good.
func (c *connection) abandon() {
	c.loop.load.current.troubles.Add(1)
	if c.loop.started && !c.loop.stopping {
		c.loop.results.lasted(c.loop.elapsed())
	}
	if !c.options.reconnect {
		c.close()
		return
	}
	c.disconnect()
	c.loop.after(c)
}

// close ends a connection for good, in any state.
func (c *connection) close() {
	switch {
	case c.state == closed:
		return
	case c.options.reconnect:
	case c.state == connecting:
		c.loop.connecting--
	case c.state != idle:
		c.loop.load.current.connections.Add(-1)
	}
	c.disconnect()
	c.state = closed
	c.loop.live--
}

// disconnect closes the socket, and gives up the messages in flight.
func (c *connection) disconnect() {
	if c.fd >= 0 {
		sock.Close(c.fd)
		c.fd = -1
	}
	c.state, c.writing = idle, false
	c.done = c.begun
	if c.options.reconnect {
		c.base += int64(c.options.size)
		c.sent, c.received = c.base, c.base
	}
}
