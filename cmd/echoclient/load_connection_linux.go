package main

import (
	"time"

	"example.com/berkeley/sock"
)

// state is the state of a connection.
type state int

const (
	idle       state = iota // not yet connected, or between two connections
	connecting              // until the kernel reports the result
	open                    // sends and receives
	ending                  // its writing side is shut down
	closed                  // for good
)

// connection is one connection of a load; with -reconnect it is a sequence of connections.
type connection struct {
	loop     *loop
	options  *options
	index    int // in its loop
	number   int // among all connections
	fd       int
	state    state
	paused   bool            // whether it waits for the next attempt to connect
	writing  bool            // whether it waits for EPOLLOUT
	moved    time.Duration   // when bytes last moved, or a message was begun
	heard    bool            // whether an answer has ever arrived
	due      int64           // messages whose time has come, with -rate
	begun    int64           // messages that were begun
	done     int64           // messages whose right answer has arrived, or which are given up
	times    []time.Duration // when the messages in flight were due, by their number modulo the depth
	base     int64           // the position in the pattern at which this connection began
	sent     int64           // the current position in the pattern
	received int64
	slots    *slots // the datagrams in flight

	interrupted int // calls in a row that failed with EINTR
}

func newConnection(l *loop, index, number int) *connection {
	c := &connection{loop: l, options: l.options, index: index, number: number, fd: -1}
	c.base = int64(number) * patternStep
	c.sent, c.received = c.base, c.base
	if l.options.server.Datagram() {
		c.slots = newSlots(l.options.depth)
	} else {
		c.times = make([]time.Duration, l.options.depth)
	}
	return c
}

// connect begins to connect.
func (c *connection) connect() {
	if c.state != connecting {
		c.state, c.moved = connecting, c.loop.now
	}
	var call string
	var err error
	if c.fd, call, err = newSocket(c.options, c.loop.load.sa, sock.SOCK_NONBLOCK); err != nil {
		c.fail(call, err)
		return
	}
	events := uint32(sock.EPOLLIN | sock.EPOLLRDHUP | sock.EPOLLET)
	err = sock.Connect(c.fd, c.loop.load.sa)
	switch {
	case err == sock.EINPROGRESS || err == sock.EINTR:
		events |= sock.EPOLLOUT
		c.writing = true
	case err == sock.EAGAIN && c.loop.load.sa.Family() == sock.AF_UNIX:
		sock.Close(c.fd)
		c.fd = -1
		c.loop.after(c) // the server's queue is full
		return
	case err != nil:
		c.fail("connect", err)
		return
	}
	event := sock.EpollEvent{Events: events, Fd: int32(c.index)}
	if err := sock.EpollCtl(c.loop.epfd, sock.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		c.fail("epoll_ctl", err)
		return
	}
	if !c.writing {
		c.connected()
	}
}

// connected continues once the connection is established.
func (c *connection) connected() {
	if call, err := c.prepareLoad(); err != nil {
		c.fail(call, err)
		return
	}
	c.state = open
	c.moved, c.loop.connectedAt = c.loop.now, c.loop.now
	if !c.options.reconnect {
		c.loop.connecting--
		c.loop.load.current.connections.Add(1)
	}
	c.advance()
}

// prepareLoad checks that the socket isn't connected to itself, and that small messages don't wait for each other.
func (c *connection) prepareLoad() (call string, err error) {
	if !c.loop.load.sa.AddrPort().IsValid() {
		return "", nil
	}
	local, err := sock.Getsockname(c.fd)
	if err := c.options.lacks.tolerate("getsockname", err); err != nil {
		return "getsockname", err
	}
	if err == nil && isOwnPeer(c.fd, local, c.loop.load.sa) {
		return "connect", sock.ErrSelfConnect
	}
	if c.options.server.Records() || c.options.reconnect {
		return "", nil
	}
	return "setsockopt TCP_NODELAY", c.options.lacks.tolerate("TCP_NODELAY", sock.Setsockopt(c.fd, sock.TCP_NODELAY, true))
}

// handle handles an event. The kernel reports each change once.
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

// advance begins as many messages as may be in flight, sends what can be sent, and ends when nothing is left to do.
func (c *connection) advance() {
	switch {
	case !c.loop.started: // others are still connecting
	case c.slots != nil:
		c.advanceDatagrams()
	case c.state == idle && !c.paused:
		c.reconnectOrClose()
	case c.state == open:
		c.advanceStream()
	}
}

// reconnectOrClose begins the next message on a new connection, or closes.
func (c *connection) reconnectOrClose() {
	if due, ok := c.loop.begin(c); ok {
		c.times[0] = due
		c.begun++
		c.connect()
	} else if c.loop.over(c) {
		c.close()
	}
}

// again continues after a pause.
func (c *connection) again() {
	c.paused = false
	switch c.state {
	case connecting:
		c.connect()
	case idle:
		c.advance()
	}
}

// answered counts a message whose answer has arrived.
func (c *connection) answered(due time.Duration) {
	c.heard = true
	c.loop.results.record(c.loop.elapsed(), c.loop.now-due)
}
