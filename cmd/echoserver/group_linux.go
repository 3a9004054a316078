package main

import (
	"log/slog"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const largeSize = 32 << 10 // what comes in such pieces isn't received with a group

// group is clients whose messages a loop echoes together, with two system calls for all of them.
type group struct {
	transfers *eventloop.Transfers // nil where there is no io_uring, or it is of no use
	clients   []*client
	answers   []answer
	log       *slog.Logger
	watch     *watcher
	restoreAt int64 // clients that may be connected for the ring to be made again, after it was given up
}

// answer holds the bytes to send to a client of a group.
type answer struct {
	client *client
	buffer []byte
	n      int
}

func newGroup(s *server) *group {
	g := &group{log: s.log, watch: s.watch}
	if !s.options.message {
		g.setup(s)
	}
	return g
}

func (g *group) setup(s *server) {
	var err error
	if g.transfers, err = eventloop.NewTransfers(min(largeSize, s.options.buffer)); err != nil {
		s.log.Debug("clients are served one by one", "call", "io_uring_setup", "err", callerr.Describe(err))
	}
}

// giveUp closes the ring, since a client needs its descriptor, until half of the connected clients are gone. It returns false
// if the group has no ring.
func (g *group) giveUp(connected int64) bool {
	if !g.transfers.Works() {
		return false
	}
	g.transfers.Close()
	g.transfers, g.restoreAt = nil, max(1, connected/2)
	return true
}

// restore makes a new ring after giveUp, if there are descriptors again.
func (g *group) restore(s *server) {
	if g.restoreAt > 0 && s.active.Load() <= g.restoreAt && !s.shortage.exists() {
		g.restoreAt = 0
		g.setup(s)
	}
}

// takes reports whether a client's next step is a plain echo of something small, which can be made with those of others.
// A client that a viewer of -watch looks at is served alone, so that its calls can be shown.
func (g *group) takes(c *client) bool {
	return g.transfers.Works() && c.pieces == small && c.pending == nil && !c.listener.Records() && !g.watch.follows(c)
}

func (g *group) submit() {
	worked := g.transfers.Works()
	if err := g.transfers.Submit(); worked && !g.transfers.Works() {
		g.log.Warn("clients are served one by one", "call", "io_uring_enter", "err", callerr.Describe(err))
	}
}

// serveGroup receives from all clients of the group, and then sends to all.
func (l *loop) serveGroup() {
	clients := l.group.clients
	l.group.clients = clients[:0]
	if len(clients) == 1 || !l.group.transfers.Works() {
		for _, c := range clients {
			l.serveAlone(c)
		}
		return
	}
	l.receiveTogether(clients)
	l.answerTogether()
}

// receiveTogether receives from clients. What they sent becomes the group's answers.
func (l *loop) receiveTogether(clients []*client) {
	g := l.group
	for i, c := range clients {
		g.transfers.Recv(i, int(c.fd))
	}
	g.submit()
	g.answers = g.answers[:0]
	for i, c := range clients {
		buffer := g.transfers.Buffer(i)
		n, err := g.transfers.Result(i)
		if err == sock.EINTR { // it was not made
			l.serveAlone(c)
			continue
		}
		n, err = c.received(n, len(buffer), err)
		if n > 0 && err == nil {
			c.listener.counters.received.Add(int64(n)) // before the client can know
			g.answers = append(g.answers, answer{c, buffer, n})
		} else {
			l.served(c, err == nil, c.ended, err)
		}
	}
}

// answerTogether sends the group's answers.
func (l *loop) answerTogether() {
	g := l.group
	for _, a := range g.answers {
		g.transfers.Send(int(a.client.fd), a.buffer[:a.n], a.client.more())
	}
	g.submit()
	for i, a := range g.answers {
		sent, err := g.transfers.Result(i)
		done, err := l.server.echoed(a.client, a.buffer, a.n, sent, err)
		l.served(a.client, true, done, err)
	}
}
