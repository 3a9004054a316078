//go:build unix

package main

import (
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// server is what the engines share. The listeners don't change once they run.
type server struct {
	options   *options
	log       *slog.Logger
	space     spoolSpace
	pipes     pipes
	shortage  shortage
	queued    atomic.Int32 // listeners whose clients wait, as far as the server knows
	vacancies vacancies
	places    places        // for clients
	counting  sync.Mutex    // held while one more client is accepted, if there is a limit
	active    atomic.Int64  // clients that are connected
	stop      *fdutil.Event // set when the server must stop
	serving   atomic.Int64  // listeners that are not dead
	orphaned  chan struct{} // closed when no listener is left
	listeners []*listener
	guard     *loopGuard // nil if any number of repeated datagrams is answered
	watch     *watcher   // nil without -watch
}

func newServer(o *options, logs io.Writer) (*server, error) {
	stop, err := fdutil.NewEvent()
	if err != nil {
		return nil, err
	}
	s := &server{options: o, places: places{o.maxConns, errMaxConns}, stop: stop, orphaned: make(chan struct{})}
	if o.watchAddress != "" {
		tail := &logTail{next: logs}
		s.watch, logs = newWatcher(s, tail), tail
	}
	s.log = newLogger(logs, o)
	s.space.prepare(o, s.log)
	return s, nil
}

// close closes everything that is still open.
func (s *server) close() {
	s.watch.close()
	for _, l := range s.listeners {
		s.retire(l)
		l.close()
	}
	s.stop.Close()
}

// stopping reports whether the server must stop.
func (s *server) stopping() bool {
	select {
	case <-s.stop.Done():
		return true
	default:
		return false
	}
}

// acceptResult is the result of an attempt to accept a client.
type acceptResult int

const (
	accepted     acceptResult = iota
	queueEmpty                // no client waits
	clientGone                // a client waited, and is gone: try again
	noResources               // a client waits for a descriptor, memory or a place
	listenerDead              // the listener is given up
)

// maxGoneInRow is how many clients in a row a listener loses before it pauses.
const maxGoneInRow = 64

var (
	errMaxConns   = errors.New("-max-conns clients are connected")
	errMemory     = errors.New("the memory limit allows no more clients")
	errShutDown   = errors.New("another process has shut down the socket")
	errNoListener = errors.New("no listener is left")
)

// accept accepts one client of a listener. While no descriptor is free for the client, it calls giveUp, which closes one
// that the server doesn't need, or returns false. The error is why a client has to wait.
func (s *server) accept(l *listener, giveUp func() bool) (*client, acceptResult, error) {
	if s.places.limit > 0 {
		s.counting.Lock()
		defer s.counting.Unlock()
		if s.active.Load() >= s.places.limit {
			return nil, s.cannotAccept(l, s.places.full.Error(), s.places.full), s.places.full
		}
	}
	fd, peer, err := acceptNonblock(l.fd)
	for isShortage(err) && giveUp() {
		fd, peer, err = acceptNonblock(l.fd)
	}
	if err != nil {
		return nil, s.acceptFailed(l, err), err
	}
	s.active.Add(1)
	l.counters.accepted.Add(1)
	l.counters.active.Add(1)
	if l.congestion.queued.Load() && !l.waiting(true) {
		s.decongested(l)
	}
	l.goneInRow.Store(0)
	c := newClient(l, fd, peer)
	if !l.bequeaths {
		if err := s.prepareClients(l, fd); err != nil {
			s.finish(c, c.failed("setsockopt", err))
			return nil, clientGone, nil
		}
	}
	s.debug("accepted", c)
	return c, accepted, nil
}

// debug logs what happens to each client, with -v.
func (s *server) debug(what string, c *client) {
	if s.options.verbose {
		s.log.Debug(what, "listener", c.listener.url, "peer", c.name())
	}
}

// acceptFailed interprets an error of accept(2).
func (s *server) acceptFailed(l *listener, err error) acceptResult {
	why := func() []any { return []any{"call", "accept", "err", callerr.Describe(err)} }
	switch err {
	case sock.EAGAIN:
		if l.shutDown() {
			s.dropListener(l, "accept", errShutDown)
			return listenerDead
		}
		s.decongested(l)
		return queueEmpty
	case sock.EINTR:
		return clientGone
	case sock.ECONNABORTED, sock.EPROTO, sock.ENETDOWN, sock.ENOPROTOOPT, sock.EHOSTDOWN, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.ETIMEDOUT:
		// One client failed, and has left the queue: accept(2) "Error handling".
		l.counters.accepted.Add(1)
		l.counters.failed.Add(1)
		s.report(l, lostInQueue, why)
		if l.goneInRow.Add(1) <= maxGoneInRow {
			return clientGone
		}
	case sock.EBADF, sock.EFAULT, sock.EINVAL, sock.ENOTSOCK:
		if err == sock.EINVAL && l.shutDown() {
			err = errShutDown
		}
		s.dropListener(l, "accept", err)
		return listenerDead
	}
	// The process lacks descriptors or memory, or the error left the client in the queue, or will go on forever: to try
	// again at once could be an endless loop.
	return s.cannotAccept(l, "accept: "+callerr.Describe(err), err)
}

// cannotAccept handles an error that may leave a client waiting: the kernel does not report whether one waits.
func (s *server) cannotAccept(l *listener, failed string, why error) acceptResult {
	if !l.waiting(true) {
		s.decongested(l)
		return queueEmpty
	}
	s.congested(l, failed, why)
	return noResources
}

// dropListener gives up a listener that no longer works: another process that has the socket may have shut it down.
// Clients stay connected. When the last listener is given up, the server stops.
func (s *server) dropListener(l *listener, call string, err error) {
	if l.dead.Swap(true) || l.closed.Load() {
		return // given up before, or closed by the server itself
	}
	s.log.Error("listener given up", "listener", l.url, "call", call, "err", callerr.Describe(err))
	if s.serving.Add(-1) == 0 {
		close(s.orphaned)
	}
}

// lastInQueue returns the number of accepted clients or datagrams at which everything that is in the listener's queue now
// has certainly been accepted: a drain that continued while new ones arrive might never end.
func (s *server) lastInQueue(l *listener) int64 {
	return l.counters.accepted.Load() + int64(s.options.backlog) + 1
}
