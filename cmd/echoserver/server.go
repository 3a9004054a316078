//go:build unix

package main

import (
	"errors"
	"io"
	"log/slog"
	"sync/atomic"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// server is what the engines share. The listeners don't change once they run.
type server struct {
	*options
	log       *slog.Logger
	space     spoolSpace
	pipes     pipes
	active    atomic.Int64  // clients that are connected
	stop      *fdutil.Event // set when the server is to stop
	serving   atomic.Int64  // listeners that are not broken
	orphaned  chan struct{} // closed when none is left
	listeners []*listener
	guard     *loopGuard // nil if any number of repeated datagrams is answered
}

func newServer(o *options, logs io.Writer) (*server, error) {
	stop, err := fdutil.NewEvent()
	if err != nil {
		return nil, err
	}
	s := &server{options: o, log: newLogger(logs, o), stop: stop, orphaned: make(chan struct{})}
	s.space.dir = o.spoolDir
	s.space.left.Store(o.spoolMemory)
	return s, nil
}

// close closes what is still open.
func (s *server) close() {
	for _, l := range s.listeners {
		l.retire()
		l.close()
	}
	s.stop.Close()
}

// accepted is what became of an attempt to accept a client.
type accepted int

const (
	aClient    accepted = iota // there is one
	queueEmpty                 // the queue is empty
	lost                       // one waited, and is gone: try again
	full                       // one waits, and cannot be accepted now: pause
	broken                     // the listener is given up
)

// maxLostInRow is how many clients in a row a listener loses before it pauses.
const maxLostInRow = 64

var (
	errMaxConns   = errors.New("-max-conns clients are connected")
	errShutDown   = errors.New("another process has shut down the socket")
	errNoListener = errors.New("no listener is left")
)

// accept takes one client off a listener's queue.
func (s *server) accept(l *listener) (*client, accepted) {
	if n := s.active.Add(1); s.maxConns > 0 && n > s.maxConns {
		s.active.Add(-1)
		if !l.waiting() {
			return nil, queueEmpty
		}
		s.report(l, clientsWait, func() []any { return []any{"err", errMaxConns} })
		return nil, full
	}
	fd, peer, err := acceptNonblock(l.fd)
	if err != nil {
		s.active.Add(-1)
		return nil, s.acceptFailed(l, err)
	}
	l.accepted.Add(1)
	l.active.Add(1)
	l.lostInRow.Store(0)
	c := newClient(l, fd, peer)
	if !l.bequeaths {
		if err := s.prepareClients(l, fd); err != nil {
			s.finish(c, c.failed("setsockopt", err))
			return nil, lost
		}
	}
	s.debug("accepted", c)
	return c, aClient
}

// debug logs what becomes of each client, with -v.
func (s *server) debug(what string, c *client) {
	if s.verbose {
		s.log.Debug(what, "listener", c.listener.url, "peer", c.name())
	}
}

// acceptFailed tells what an error of accept(2) means.
func (s *server) acceptFailed(l *listener, err error) accepted {
	why := func() []any { return []any{"call", "accept", "err", endpoint.Describe(err)} }
	switch err {
	case sock.EAGAIN:
		if l.shutDown() {
			s.dropListener(l, "accept", errShutDown)
			return broken
		}
		return queueEmpty
	case sock.EINTR:
		return lost
	case sock.ECONNABORTED, sock.EPROTO, sock.ENETDOWN, sock.ENOPROTOOPT, sock.EHOSTDOWN, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.ETIMEDOUT:
		// One client failed, and is out of the queue now: accept(2) "Error handling".
		l.accepted.Add(1)
		l.failed.Add(1)
		s.report(l, lostInQueue, why)
		if l.lostInRow.Add(1) <= maxLostInRow {
			return lost
		}
	case sock.EBADF, sock.EFAULT, sock.EINVAL, sock.ENOTSOCK:
		s.dropListener(l, "accept", err)
		return broken
	}
	// No descriptor or memory, or an error that may leave the client in the queue, as one that never ends may: to try again at
	// once could go on for ever.
	s.report(l, clientsWait, why)
	return full
}

// dropListener ends the use of a listener that cannot work any more: another process that has the socket may have shut it down.
// Clients stay connected. With its last listener, the server stops.
func (s *server) dropListener(l *listener, call string, err error) {
	if l.broken.Swap(true) {
		return
	}
	s.log.Error("listener given up", "listener", l.url, "call", call, "err", endpoint.Describe(err))
	if s.serving.Add(-1) == 0 {
		close(s.orphaned)
	}
}

// lastInQueue is the number of accepted clients or datagrams at which all that are in the listener's queue now have
// certainly been accepted: a drain that went on while new ones come would never end.
func (s *server) lastInQueue(l *listener) int64 { return l.accepted.Load() + int64(s.backlog) + 1 }
