//go:build unix

package main

import (
	"cmp"
	"errors"
	"os"
	"sync"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// goroutines serves each client with a goroutine on a sock.Conn, which Go's scheduler parks while the socket isn't ready.
func goroutines(s *server) (serve func() error, err error) {
	conns := make([]*sock.Conn, len(s.listeners))
	for i, l := range s.listeners {
		if conns[i], err = l.duplicate(); err != nil {
			return nil, err // the process ends, and with it the duplicates before
		}
	}
	return func() error { return serveWithGoroutines(s, conns) }, nil
}

// serveWithGoroutines has a duplicate of each listener under Go's scheduler.
func serveWithGoroutines(s *server, conns []*sock.Conn) error {
	buffers := s.newBuffers()
	var clients sync.WaitGroup
	start := func(c *client) {
		clients.Go(func() { s.serveParked(c, buffers) })
	}
	go func() {
		s.waitForStop()
		for _, conn := range conns {
			conn.SetReadDeadline(time.Now()) // the end of its wait
		}
	}()
	ended := make(chan error)
	for i, l := range s.listeners {
		a := &acceptor{server: s, listeners: []*listener{l}, serve: start, makeRoom: func() { time.Sleep(pause) }}
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
		return nil, &endpoint.CallError{Call: "dup", Address: l.url, Err: err}
	}
	conn, err := sock.NewConn(fd)
	if err != nil {
		return nil, &endpoint.CallError{Call: "epoll_ctl", Address: l.url, Err: cmp.Or(errors.Unwrap(err), err)}
	}
	return conn, nil
}

// waitForStop holds a thread until the server is to stop.
func (s *server) waitForStop() {
	fds := []sock.Pollfd{{Fd: int32(s.stop.Fd()), Events: sock.POLLIN}}
	for fds[0].Revents == 0 {
		if _, err := sock.Poll(fds, -1); err != nil && err != sock.EINTR {
			time.Sleep(pause) // ENOMEM passes
		}
	}
}

// runParked is run for one listener and without a thread: the goroutine is parked while nobody is there.
func (a *acceptor) runParked(l *listener, conn *sock.Conn) error {
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	r := newResponder(a.server)
	for {
		var rest time.Duration
		waited := raw.Read(func(uintptr) bool {
			_, rest = a.take(l, r)
			return l.broken.Load() || l.waiting() // the poller tells of each arrival once
		})
		switch {
		case l.broken.Load():
			return nil
		case errors.Is(waited, os.ErrDeadlineExceeded):
			conn.Close() // or the socket would live on when drain closes the listener
			a.drain(r)
			return nil
		case waited != nil:
			return &endpoint.CallError{Call: "epoll_wait", Address: l.url, Err: waited}
		}
		time.Sleep(rest)
	}
}

// serveParked serves one client on a Conn of its socket, from beginning to end.
func (s *server) serveParked(c *client, buffers *sync.Pool) {
	conn, err := sock.NewConn(int(c.fd))
	if err != nil {
		closed := func() error { return nil } // by NewConn
		s.finishWith(c, c.failed("epoll_ctl", cmp.Or(errors.Unwrap(err), err)), closed)
		return
	}
	s.finishWith(c, s.converse(c, parked{conn}, buffers), conn.Close)
}

// parked waits under Go's scheduler, without a thread.
type parked struct{ *sock.Conn }

func (p parked) wait(writing bool, deadline time.Time, step func(uintptr) bool) error {
	raw, err := p.SyscallConn()
	if err == nil && !deadline.IsZero() {
		err = p.SetDeadline(deadline)
	}
	switch {
	case err != nil:
		return err
	case writing:
		return raw.Write(step)
	}
	return raw.Read(step)
}
