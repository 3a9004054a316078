package main

import (
	"fmt"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// state is how far a connection is.
type state int

const (
	idle       state = iota // not yet connected, or between two connections
	connecting              // until the kernel says how it went
	open                    // sends and receives
	ending                  // its writing side is shut down
	closed                  // for good
)

// connection is one connection of a load, or with -reconnect one after another.
type connection struct {
	*loop
	index    int // in the loop
	number   int // among all
	fd       int
	state    state
	paused   bool            // whether it waits for the next attempt to connect
	writing  bool            // whether the kernel is to tell when there is room to send
	moved    time.Duration   // when something last moved, or a message was begun
	heard    bool            // whether a message was ever answered
	due      int64           // messages whose time has come, with -rate
	begun    int64           // messages that were begun
	done     int64           // messages whose right answer is here, or which are given up
	times    []time.Duration // when the messages in flight were due, by their number modulo the depth
	base     int64           // where in the pattern this connection began
	sent     int64           // where in the pattern it is
	received int64
	slots    *slots // what of datagrams is in flight
}

func newConnection(l *loop, index, number int) *connection {
	c := &connection{loop: l, index: index, number: number, fd: -1}
	c.base = int64(number) * patternStep
	c.sent, c.received = c.base, c.base
	if l.server.Datagram() {
		c.slots = newSlots(l.depth)
	} else {
		c.times = make([]time.Duration, l.depth)
	}
	return c
}

// connect begins to connect.
func (c *connection) connect() {
	if c.state != connecting {
		c.state, c.moved = connecting, c.now
	}
	var call string
	var err error
	if c.fd, call, err = c.options.socket(c.sa, sock.SOCK_NONBLOCK); err != nil {
		c.fail(call, err)
		return
	}
	events := uint32(sock.EPOLLIN | sock.EPOLLRDHUP | sock.EPOLLET)
	err = sock.Connect(c.fd, c.sa)
	switch {
	case err == sock.EINPROGRESS || err == sock.EINTR:
		events |= sock.EPOLLOUT
		c.writing = true
	case err == sock.EAGAIN && c.sa.Family() == sock.AF_UNIX:
		sock.Close(c.fd)
		c.fd = -1
		c.after(c) // the server's queue is full
		return
	case err != nil:
		c.fail("connect", err)
		return
	}
	event := sock.EpollEvent{Events: events, Fd: int32(c.index)}
	if err := sock.EpollCtl(c.epfd, sock.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		c.fail("epoll_ctl", err)
		return
	}
	if !c.writing {
		c.connected()
	}
}

// connected goes on when there is a connection.
func (c *connection) connected() {
	if call, err := c.prepareLoad(); err != nil {
		c.fail(call, err)
		return
	}
	c.state = open
	c.moved, c.connectedAt = c.now, c.now
	if !c.reconnect {
		c.connecting--
		c.current.connections.Add(1)
	}
	c.advance()
}

// prepareLoad makes sure that the server is another one, and that small messages don't wait for each other.
func (c *connection) prepareLoad() (call string, err error) {
	if !c.sa.AddrPort().IsValid() {
		return "", nil
	}
	local, err := sock.Getsockname(c.fd)
	if err := c.lacks.tolerate("getsockname", err); err != nil {
		return "getsockname", err
	}
	if err == nil && local.AddrPort().Port() == c.sa.AddrPort().Port() {
		if peer, err := sock.Getpeername(c.fd); err == nil && peer == local {
			return "connect", sock.ErrSelfConnect
		}
	}
	if c.server.Records() || c.reconnect {
		return "", nil
	}
	return "setsockopt TCP_NODELAY", c.lacks.tolerate("TCP_NODELAY", sock.Setsockopt(c.fd, sock.TCP_NODELAY, true))
}

// handle goes on after an event. The kernel tells of each change once.
func (c *connection) handle(events uint32) {
	if c.state == connecting {
		if events&(sock.EPOLLERR|sock.EPOLLHUP) != 0 {
			if err := sock.SocketError(c.fd); err != nil {
				c.fail("connect", err)
				return
			}
		}
		c.connected()
	}
	if events&^sock.EPOLLOUT != 0 {
		c.receive(events&(sock.EPOLLRDHUP|sock.EPOLLHUP|sock.EPOLLERR) != 0)
	}
	c.advance()
}

// advance begins as many messages as there may be in flight, sends what can be sent, and ends when nothing is left to do.
func (c *connection) advance() {
	switch {
	case !c.started: // others have yet to connect
	case c.slots != nil:
		c.advanceDatagrams()
	case c.state == idle && !c.paused:
		c.reconnectOrClose()
	case c.state == open:
		c.advanceStream()
	}
}

// reconnectOrClose begins a message with a connection of its own.
func (c *connection) reconnectOrClose() {
	if due, ok := c.begin(c); ok {
		c.times[0] = due
		c.begun++
		c.connect()
	} else if c.over(c) {
		c.shut(closed)
	}
}

// again goes on after a pause.
func (c *connection) again() {
	c.paused = false
	switch c.state {
	case connecting:
		c.connect()
	case idle:
		c.advance()
	}
}

// expire gives up if it is the server's turn and nothing moved for too long, or if the load's time is over.
func (c *connection) expire() {
	quiet := c.now - c.moved
	switch {
	case c.state == connecting && (c.hopeless || c.connectTimeout > 0 && quiet >= c.connectTimeout):
		// If no other connection was made meanwhile, those that wait for their turn needn't be tried.
		c.hopeless = c.hopeless || !c.started && c.connectedAt <= c.moved
		c.fail("connect", errTimeout)
	case c.stopping && c.state != idle && c.state != closed && c.now >= c.stopped+grace:
		c.cutOff()
	case c.timeout == 0:
	case c.slots != nil && c.state == open:
		c.expireDatagrams()
	case c.state == open && c.begun > c.done && quiet >= c.timeout, c.state == ending && quiet >= c.timeout:
		c.fail(c.waitsFor(), errTimeout)
	}
}

// waitsFor is the call that a connection is to make next.
func (c *connection) waitsFor() string {
	switch {
	case c.state == connecting:
		return "connect"
	case c.slots != nil && c.slots.unsent >= 0, c.slots == nil && c.sent < c.goal():
		return "send"
	}
	return "recv"
}

// cutOff ends a connection with messages in flight when the load's time is over. It has failed if nothing moved since
// the last message could begin, or if it never had an answer.
func (c *connection) cutOff() {
	switch inFlight := c.begun - c.done; {
	case c.slots != nil && c.slots.unsent < 0:
		c.lost += inFlight
		c.drop()
	case inFlight > 0 && c.heard && c.moved > c.stopped:
		c.cut += inFlight
		c.drop()
	default:
		c.fail(c.waitsFor(), errTimeout)
	}
}

// note counts an error.
func (c *connection) note(call string, err error) {
	failure := &endpoint.CallError{Call: call, Address: c.server.URL(c.sa), Err: err}
	c.loop.fail(call+": "+endpoint.Describe(err), c.about(failure))
}

// fail gives a connection up.
func (c *connection) fail(call string, err error) {
	c.note(call, err)
	c.abandon()
}

// answered counts a message whose answer is here.
func (c *connection) answered(due time.Duration) {
	c.heard = true
	c.record(c.now-c.begins, c.now-due)
}

// wrong gives a connection up because of what came.
func (c *connection) wrong(offset int64, reason string) {
	c.mistake(c.about(&differentError{offset, reason}))
	c.abandon()
}

// about says which connection an error is about.
func (c *connection) about(err error) error {
	local, nameless := sock.Getsockname(c.fd)
	if nameless != nil || local == sock.Unnamed() {
		return fmt.Errorf("connection %d: %w", c.number, err)
	}
	return fmt.Errorf("connection %d from %s: %w", c.number, c.server.URL(local), err)
}

// abandon closes a connection before its time.
func (c *connection) abandon() {
	c.current.troubles.Add(1)
	if c.started && !c.stopping {
		c.end = max(c.end, c.now-c.begins)
	}
	if !c.reconnect {
		c.drop()
		return
	}
	c.shut(idle)
	c.after(c)
}

// drop closes a connection for good, however far it is.
func (c *connection) drop() {
	switch {
	case c.state == closed:
		return
	case c.state == connecting && !c.reconnect:
		c.connecting--
	case c.state != idle && !c.reconnect:
		c.current.connections.Add(-1)
	}
	c.shut(closed)
}

// shut closes the socket. What was in flight is given up.
func (c *connection) shut(next state) {
	if c.fd >= 0 {
		sock.Close(c.fd)
		c.fd = -1
	}
	c.state, c.writing = next, false
	c.done = c.begun
	if c.reconnect {
		c.base += int64(c.size)
		c.sent, c.received = c.base, c.base
	}
	if next == closed {
		c.live--
	}
}
