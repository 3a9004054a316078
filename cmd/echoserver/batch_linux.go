package main

import (
	"log/slog"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

const (
	batchSize = 32
	largeSize = 32 << 10 // what comes in such pieces isn't received with a batch
)

// batch is clients whose messages a loop echoes together, with two system calls for all of them: for small messages, the
// ways into the kernel and back are much of what they cost.
type batch struct {
	ring    *sock.Ring // nil where there is no io_uring
	clients []*client
	answers []answer
	rooms   [][]byte // where what they send comes
	failure error    // of the ring, which is then used no more
	log     *slog.Logger
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
	ring, err := sock.NewRing(batchSize)
	if err != nil {
		s.log.Debug("clients are served one by one", "call", "io_uring_setup", "err", endpoint.Describe(err))
		return b
	}
	b.ring = ring
	size := min(largeSize, s.buffer)
	stride := size + 64 // a line of the processor's cache more: the beginnings of all would compete for the same few
	memory := make([]byte, batchSize*stride)
	for i := range batchSize {
		b.rooms = append(b.rooms, memory[i*stride:][:size])
	}
	return b
}

func (b *batch) close() {
	if b.ring != nil {
		b.ring.Close()
	}
}

// takes tells whether a client's next step is a plain echo of something small, which can be made with those of others.
func (b *batch) takes(c *client) bool {
	return b.ring != nil && b.failure == nil && c.pieces == small && c.owed == nil && !c.listener.Records()
}

func (b *batch) submit() {
	if err := b.ring.Submit(); err != nil {
		b.failure = err
		b.log.Warn("clients are served one by one", "call", "io_uring_enter", "err", endpoint.Describe(err))
	}
}

// result is how a transfer went. One that was not made is to be tried again.
func (b *batch) result(i int) (n int, err error) {
	n, err = b.ring.Result(i)
	if err == sock.EINTR || err != nil && err == b.failure {
		err = sock.EAGAIN
	}
	return n, err
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
		b.ring.Recv(int(c.fd), b.rooms[i], 0)
	}
	b.submit()
	b.answers = b.answers[:0]
	for i, c := range clients {
		n, err := b.result(i)
		n, err = c.received(n, len(b.rooms[i]), err)
		l.coalescing.served(n)
		if n > 0 && err == nil {
			c.listener.received.Add(int64(n)) // before the client can know
			b.answers = append(b.answers, answer{c, b.rooms[i], n})
		} else {
			l.served(c, false, c.ended, err)
		}
	}
	for _, a := range b.answers {
		b.ring.Send(int(a.fd), a.room[:a.n], a.more())
	}
	b.submit()
	for i, a := range b.answers {
		sent, err := b.result(i)
		done, err := l.echoed(a.client, a.room, a.n, sent, err)
		l.served(a.client, false, done, err)
	}
}
