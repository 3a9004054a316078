package main

import (
	"slices"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const smallAnswer = 32 << 10 // what comes to a connection at once, if it is received with what comes to others

// group is connections whose answers a loop receives together, and then sends their next messages together.
type group struct {
	transfers   *eventloop.Transfers // nil where there is no io_uring, or where it is of no use
	connections []*connection
	senders     []*connection
	datagrams   [][]byte // to be sent
}

func newGroup(o *options) (g group) {
	atOnce := o.depth
	if o.server.Records() {
		atOnce = 1
	}
	if o.reconnect || o.size > smallAnswer/atOnce {
		return group{}
	}
	var err error
	if g.transfers, err = eventloop.NewTransfers(o.size*atOnce + 1); err != nil { // what fills a buffer is more than the answer
		return group{} // each connection is served alone
	}
	for o.server.Datagram() && len(g.datagrams) < eventloop.MaxTransfers {
		g.datagrams = append(g.datagrams, make([]byte, o.size))
	}
	return g
}

// serve goes on with a connection after an event, at once or with others.
func (l *loop) serve(c *connection, events uint32) {
	if !l.group.transfers.Works() || !l.started || c.state != open || events&^sock.EPOLLOUT != sock.EPOLLIN {
		c.handle(events)
		return
	}
	l.group.connections = append(l.group.connections, c)
	if len(l.group.connections) == eventloop.MaxTransfers {
		l.serveGroup()
	}
}

// serveGroup receives the answers of all connections of the group, and then sends their next messages. If the ring
// failed, transfers that it didn't make are made by calls of their own.
func (l *loop) serveGroup() {
	g := &l.group
	connections := g.connections
	g.connections = connections[:0]
	if len(connections) == 1 {
		connections[0].handle(sock.EPOLLIN)
		return
	}
	for i, c := range connections {
		g.transfers.Recv(i, c.fd)
	}
	g.transfers.Submit()
	l.now = l.load.clock()
	for i, c := range connections {
		n, err := g.transfers.Result(i)
		if c.receivedSome(g.transfers.Buffer(i), n, err, false) {
			c.receive(false)
		}
	}
	l.advanceTogether(connections)
}

// advance lets every connection do what it can.
func (l *loop) advance() {
	if l.group.transfers.Works() {
		for some := range slices.Chunk(l.connections, eventloop.MaxTransfers) {
			l.advanceTogether(some)
		}
		return
	}
	for _, c := range l.connections {
		c.advance()
	}
}

// advanceTogether lets connections do what they can, and sends what they begin together.
func (l *loop) advanceTogether(connections []*connection) {
	g := &l.group
	g.senders = g.senders[:0]
	for _, c := range connections {
		if p := g.next(c); p != nil {
			g.senders = append(g.senders, c)
			g.transfers.Send(c.fd, p, 0)
		} else {
			c.advance()
		}
	}
	g.transfers.Submit()
	for i, c := range g.senders {
		if c.sentSome(g.transfers.Result(i)) {
			c.advance()
		}
	}
}

// next is what a connection sends next, nil if it has nothing to send.
func (g *group) next(c *connection) []byte {
	switch {
	case c.state != open:
	case c.slots == nil:
		if c.beginMessages(); c.sent < c.goal() {
			return c.unsent()
		}
	case c.beginDatagram():
		return c.datagram(g.datagrams[len(g.senders)], c.slots.numbers[c.slots.unsent])
	}
	return nil
}
