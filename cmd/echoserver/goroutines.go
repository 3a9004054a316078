//go:build unix

package main

import (
	"errors"
	"math"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// goroutineSize is roughly the memory of a client with its goroutine, and of garbage. The first fewClients fit in any case.
const (
	goroutineSize = 32 << 10
	fewClients    = 16
)

// goroutines serves each client with a goroutine on a sock.Conn, which Go's scheduler parks while the socket isn't ready.
func goroutines(s *server) (serve func() error, err error) {
	if memory := memoryForClients(); memory < math.MaxInt {
		s.places.keepTo(int64(max(fewClients, memory/goroutineSize)), errMemory)
	}
	limitHeap()
	conns := make([]*sock.Conn, len(s.listeners))
	for i, l := range s.listeners {
		if conns[i], err = l.duplicate(); err != nil {
			return nil, err // the process ends, which closes the earlier duplicates
		}
	}
	return func() error { return serveWithGoroutines(s, conns) }, nil
}

// limitHeap has the garbage collector run more often near the limit of a control group, unless GOMEMLIMIT says when it should. If
// the group allows little more than the program takes in any case, it would run all the time.
func limitHeap() {
	const little = 16 << 20
	if memory := memoryInGroups(); memory < math.MaxInt && memory > little && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(memory) / 4 * 3)
	}
}

// serveWithGoroutines serves a duplicate of each listener under Go's scheduler.
func serveWithGoroutines(s *server, conns []*sock.Conn) error {
	buffers := s.newBuffers()
	var clients sync.WaitGroup
	start := func(c *client) {
		clients.Go(func() { s.serveParked(c, buffers) })
	}
	go func() {
		<-s.stop.Done()
		for _, conn := range conns {
			conn.SetReadDeadline(time.Now()) // ends its wait
		}
	}()
	ended := make(chan error)
	for i, l := range s.listeners {
		a := &acceptor{server: s, listeners: []*listener{l}, serve: start}
		go func() { ended <- a.runParked(l, conns[i]) }()
	}
	for range s.listeners {
		if err := <-ended; err != nil {
			return err
		}
	}
	clients.Wait()
	return nil
}

// duplicate makes a Conn of a listener's socket.
func (l *listener) duplicate() (*sock.Conn, error) {
	fd, err := sock.Dup(l.fd)
	if err != nil {
		return nil, &callerr.CallError{Call: "dup", Address: l.url, Err: err}
	}
	conn, err := sock.NewConn(fd)
	if err != nil {
		call, cause := callOf(err)
		return nil, &callerr.CallError{Call: call, Address: l.url, Err: cause}
	}
	return conn, nil
}

// runParked is run for one listener and without a thread: the goroutine is parked while no client waits.
func (a *acceptor) runParked(l *listener, conn *sock.Conn) error {
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	r := newResponder(a.server)
	for {
		var pause time.Duration
		waited := raw.Read(func(uintptr) bool {
			var more bool
			more, pause = a.take(l, r)
			// The poller reports each arrival once, so the queue must be empty before waiting.
			return l.dead.Load() || pause > 0 || l.waiting(more)
		})
		switch {
		case l.dead.Load():
			return nil
		case errors.Is(waited, os.ErrDeadlineExceeded):
			conn.Close() // otherwise the socket would stay open when drain closes the listener
			a.drain(r)
			return nil
		case waited != nil:
			return &callerr.CallError{Call: "epoll_wait", Address: l.url, Err: waited}
		}
		time.Sleep(pause)
	}
}

// serveParked serves one client on a Conn of its socket, from beginning to end.
func (s *server) serveParked(c *client, buffers *buffers) {
	conn, err := sock.NewConn(int(c.fd))
	if err != nil {
		closed := func() error { return nil } // by NewConn
		s.finishWith(c, c.failed(callOf(err)), closed)
		return
	}
	s.finishWith(c, s.converse(c, parked{conn}, buffers), conn.Close)
}

// callOf splits an error of NewConn into the call that failed and its error.
func callOf(err error) (call string, cause error) {
	if failed, ok := errors.AsType[*os.SyscallError](err); ok {
		return failed.Syscall, failed.Err
	}
	return "epoll_ctl", err
}

// parked waits under Go's scheduler, without a thread.
type parked struct{ conn *sock.Conn }

func (p parked) wait(writing bool, deadline time.Time, step func(uintptr) bool) error {
	raw, err := p.conn.SyscallConn()
	if err == nil && !deadline.IsZero() {
		err = p.conn.SetDeadline(deadline)
	}
	switch {
	case err != nil:
		return err
	case writing:
		return raw.Write(step)
	}
	return raw.Read(step)
}
