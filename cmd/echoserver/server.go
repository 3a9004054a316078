//go:build unix

package main

import (
	"errors"
	"io"
	"log/slog"
	"net/netip"
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
	dontWait  int           // MSG_DONTWAIT, if the engine's sockets don't block
	active    atomic.Int64  // clients that are connected
	stop      *fdutil.Event // set when the server is to stop
	listeners []*listener
	localIPs  map[netip.Addr]bool // this machine's addresses, where a datagram socket listens on all of them
}

func newServer(o *options, logs io.Writer) (*server, error) {
	stop, err := fdutil.NewEvent()
	if err != nil {
		return nil, err
	}
	s := &server{options: o, log: newLogger(logs, o), stop: stop}
	s.space.dir = o.spoolDir
	s.space.left.Store(o.spoolMemory)
	return s, nil
}

// close gives up what is still open.
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
	aClient accepted = iota // there is one
	nobody                  // nobody waits
	lost                    // one waited, and is gone: try again
	full                    // it can't be had now: wait
	broken                  // the listener can't go on
)

// errMaxConns is why clients wait though there are descriptors.
var errMaxConns = errors.New("as many are connected as -max-conns allows")

// accept takes one client off a listener's queue, by way of sock.Accept or its like.
func (s *server) accept(l *listener, accept func(fd int) (int, sock.Sockaddr, error)) (*client, accepted, error) {
	if n := s.active.Add(1); s.maxConns > 0 && n > s.maxConns {
		s.active.Add(-1)
		if !l.waiting() {
			return nil, nobody, nil
		}
		s.report(l, clientsWait, func() []any { return []any{"err", errMaxConns} })
		return nil, full, nil
	}
	fd, peer, err := accept(l.fd)
	if err != nil {
		s.active.Add(-1)
		what, err := s.acceptFailed(l, err)
		return nil, what, err
	}
	l.accepted.Add(1)
	l.active.Add(1)
	c := newClient(l, fd, peer)
	if !l.bequeaths {
		if err := s.prepareClients(l, fd); err != nil {
			s.finish(c, c.failed("setsockopt", err))
			return nil, lost, nil
		}
	}
	s.debug("accepted", c)
	return c, aClient, nil
}

// debug logs what becomes of each client, if that is wanted.
func (s *server) debug(what string, c *client) {
	if s.verbose {
		s.log.Debug(what, "listener", c.listener.url, "peer", c.name())
	}
}

// acceptFailed tells what an error of accept(2) means.
func (s *server) acceptFailed(l *listener, err error) (accepted, error) {
	why := func() []any { return []any{"call", "accept", "err", endpoint.Describe(err)} }
	switch err {
	case sock.EAGAIN:
		return nobody, nil
	case sock.EINTR:
		return lost, nil
	case sock.ECONNABORTED, sock.EPROTO, sock.ENETDOWN, sock.ENOPROTOOPT, sock.EHOSTDOWN, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.ETIMEDOUT:
		// The trouble of one client, who is out of the queue now: accept(2) "Error handling".
		l.accepted.Add(1)
		l.failed.Add(1)
		s.report(l, lostInQueue, why)
		return lost, nil
	case sock.EBADF, sock.EFAULT, sock.EINVAL, sock.ENOTSOCK:
		return broken, &endpoint.CallError{Call: "accept", Address: l.url, Err: err}
	}
	// No descriptor or memory, or something that may leave the client in the queue: asking again at once could go on for ever.
	s.report(l, clientsWait, why)
	return full, nil
}

// lastInQueue is what the listener's count of accepted clients or datagrams reaches when all who are in its queue now are
// in for sure: a drain that went on for as long as new ones come would never end.
func (s *server) lastInQueue(l *listener) int64 { return l.accepted.Load() + int64(s.backlog) + 1 }
