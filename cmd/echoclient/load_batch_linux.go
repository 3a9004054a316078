package main

import (
	"slices"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const smallAnswers = 32 << 10 // what is in flight of a connection whose answers are received with those of others

// batch is connections whose answers a loop receives together, and then sends their next messages together.
type batch struct {
	*eventloop.Batch // nil where there is no io_uring, or where it is of no use
	connections      []*connection
	senders          []*connection
}

func newBatch(o *options) batch {
	if o.reconnect || o.server.Records() || o.size > smallAnswers/o.depth {
		return batch{}
	}
	b, err := eventloop.NewBatch(o.size*o.depth + 1) // what fills a room isn't the answer alone
	if err != nil {
		return batch{} // each connection is served alone
	}
	return batch{Batch: b}
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
		if c.state == open {
			c.beginMessages()
		}
		if c.state == open && c.sent < c.goal() {
			b.senders = append(b.senders, c)
			b.Send(c.fd, c.unsent(), 0)
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
