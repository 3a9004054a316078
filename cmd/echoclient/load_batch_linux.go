package main

import (
	"slices"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const smallAnswer = 32 << 10 // what comes to a connection at once, if it is received with what comes to others

// batch is connections whose answers a loop receives together, and then sends their next messages together.
type batch struct {
	*eventloop.Batch // nil where there is no io_uring, or where it is of no use
	connections      []*connection
	senders          []*connection
	datagrams        [][]byte // to be sent
}

func newBatch(o *options) (b batch) {
	atOnce := o.depth
	if o.server.Records() {
		atOnce = 1
	}
	if o.reconnect || o.size > smallAnswer/atOnce {
		return batch{}
	}
	var err error
	if b.Batch, err = eventloop.NewBatch(o.size*atOnce + 1); err != nil { // what fills a room isn't the answer alone
		return batch{} // each connection is served alone
	}
	for o.server.Datagram() && len(b.datagrams) < eventloop.BatchSize {
		b.datagrams = append(b.datagrams, make([]byte, o.size))
	}
	return b
}

// serve goes on with a connection after an event, at once or with others.
func (l *loop) serve(c *connection, events uint32) {
	if !l.batch.Works() || !l.started || c.state != open || events&^sock.EPOLLOUT != sock.EPOLLIN {
		c.handle(events)
		return
	}
	l.batch.connections = append(l.batch.connections, c)
	if len(l.batch.connections) == eventloop.BatchSize {
		l.serveBatch()
	}
}

// serveBatch receives the answers of all connections of the batch, and then sends their next messages. What a ring that
// failed doesn't do is done by calls of its own.
func (l *loop) serveBatch() {
	b := &l.batch
	connections := b.connections
	b.connections = connections[:0]
	if len(connections) == 1 {
		connections[0].handle(sock.EPOLLIN)
		return
	}
	for i, c := range connections {
		b.Recv(i, c.fd)
	}
	b.Submit()
	l.now = l.clock()
	for i, c := range connections {
		n, err := b.Result(i)
		if c.receivedSome(b.Room(i), n, err, false) {
			c.receive(false)
		}
	}
	l.advanceTogether(connections)
}

// advance lets every connection do what it can.
func (l *loop) advance() {
	if l.batch.Works() {
		for some := range slices.Chunk(l.connections, eventloop.BatchSize) {
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
	b := &l.batch
	b.senders = b.senders[:0]
	for _, c := range connections {
		if p := b.next(c); p != nil {
			b.senders = append(b.senders, c)
			b.Send(c.fd, p, 0)
		} else {
			c.advance()
		}
	}
	b.Submit()
	for i, c := range b.senders {
		if c.sentSome(b.Result(i)) {
			c.advance()
		}
	}
}

// next is what a connection sends next, nil if it has nothing to send.
func (b *batch) next(c *connection) []byte {
	switch {
	case c.state != open:
	case c.slots == nil:
		if c.beginMessages(); c.sent < c.goal() {
			return c.unsent()
		}
	case c.beginDatagram():
		return c.datagram(b.datagrams[len(b.senders)], c.slots.numbers[c.slots.unsent])
	}
	return nil
}
