package main

import (
	"log/slog"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const largeSize = 32 << 10 // what comes in such pieces isn't received with a batch

// batch is clients whose messages a loop echoes together, with two system calls for all of them.
type batch struct {
	*eventloop.Batch // nil where there is no io_uring, or it is of no use
	clients          []*client
	answers          []answer
	log              *slog.Logger
}

// answer is what a client of a batch is sent.
type answer struct {
	*client
	room []byte
	n    int
}

func newBatch(s *server) *batch {
	b := &batch{log: s.log}
	if s.message {
		return b
	}
	var err error
	if b.Batch, err = eventloop.NewBatch(min(largeSize, s.buffer)); err != nil {
		s.log.Debug("clients are served one by one", "call", "io_uring_setup", "err", endpoint.Describe(err))
	}
	return b
}

// takes tells whether a client's next step is a plain echo of something small, which can be made with those of others.
func (b *batch) takes(c *client) bool {
	return b.Works() && c.pieces == small && c.owed == nil && !c.listener.Records()
}

func (b *batch) submit() {
	worked := b.Works()
	if err := b.Submit(); worked && !b.Works() {
		b.log.Warn("clients are served one by one", "call", "io_uring_enter", "err", endpoint.Describe(err))
	}
}

// serveBatch receives from all clients of the batch, and then sends to all.
func (l *loop) serveBatch() {
	b := l.batch
	clients := b.clients
	b.clients = clients[:0]
	if len(clients) == 1 {
		l.serveAlone(clients[0])
		return
	}
	for i, c := range clients {
		b.Recv(i, int(c.fd))
	}
	b.submit()
	b.answers = b.answers[:0]
	for i, c := range clients {
		room := b.Room(i)
		n, err := b.Result(i)
		if err == sock.EINTR { // it was not made
			l.serveAlone(c)
			continue
		}
		n, err = c.received(n, len(room), err)
		l.coalescing.served(n)
		if n > 0 && err == nil {
			c.listener.received.Add(int64(n)) // before the client can know
			b.answers = append(b.answers, answer{c, room, n})
		} else {
			l.served(c, err == nil, c.ended, err)
		}
	}
	for _, a := range b.answers {
		b.Send(int(a.fd), a.room[:a.n], a.more())
	}
	b.submit()
	for i, a := range b.answers {
		sent, err := b.Result(i)
		done, err := l.echoed(a.client, a.room, a.n, sent, err)
		l.served(a.client, true, done, err)
	}
}
