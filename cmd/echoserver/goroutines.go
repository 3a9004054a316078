//go:build unix

package main

import (
	"cmp"
	"errors"
	"sync"
	"syscall"
	"time"

	"example.com/berkeley/sock"
)

// goroutines serves each client with a goroutine on a sock.Conn, which Go's scheduler parks while the socket isn't ready.
func goroutines(s *server) (serve func() error, err error) {
	s.dontWait = sock.MSG_DONTWAIT
	return func() error { return serveWithGoroutines(s) }, nil
}

func serveWithGoroutines(s *server) error {
	buffers := &sync.Pool{New: func() any { p := make([]byte, max(recordSize, s.buffer)); return &p }}
	var clients sync.WaitGroup
	start := func(c *client, _ bool) {
		clients.Go(func() { s.serveParked(c, buffers) })
	}
	ended := make(chan error)
	for _, l := range s.listeners {
		a := &acceptor{server: s, listeners: []*listener{l}, serve: start, makeRoom: func() { time.Sleep(pause) }}
		go func() { ended <- a.run() }()
	}
	for range s.listeners {
		if err := <-ended; err != nil {
			return err
		}
	}
	clients.Wait()
	return nil
}

// serveParked serves one client on a Conn of its socket, from beginning to end.
func (s *server) serveParked(c *client, buffers *sync.Pool) {
	conn, err := sock.NewConn(int(c.fd))
	if err != nil {
		closed := func() error { return nil } // by NewConn
		s.finishWith(c, c.failed("epoll_ctl", cmp.Or(errors.Unwrap(err), err)), closed)
		return
	}
	s.finishWith(c, s.park(c, conn, buffers), conn.Close)
}

// park holds a conversation, waiting in between for what its next step needs. It holds a buffer only during a step.
func (s *server) park(c *client, conn *sock.Conn, buffers *sync.Pool) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var done, sending bool
	step := func(uintptr) bool {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		done, err = s.step(c, *buf)
		return err != sock.EAGAIN || s.sending(c) != sending
	}
	for !done {
		gone := c.owed.progress()
		sending = s.sending(c)
		waited := s.await(conn, raw, sending, step)
		if waited != nil && sending {
			// A slow reader may have taken bytes without making room enough for the kernel to tell.
			waited = raw.Control(func(fd uintptr) { step(fd) })
			if s.sending(c) && c.owed.progress() == gone {
				return errIdle
			}
		}
		if waited != nil {
			return errIdle
		}
		if err != nil && err != sock.EAGAIN {
			return err
		}
	}
	return nil
}

// await makes a step when the socket is ready for it, or fails after -idle-timeout.
func (s *server) await(conn *sock.Conn, raw syscall.RawConn, sending bool, step func(uintptr) bool) error {
	if s.idleTimeout > 0 {
		if err := conn.SetDeadline(time.Now().Add(s.idleTimeout)); err != nil {
			return err
		}
	}
	if sending {
		return raw.Write(step)
	}
	return raw.Read(step)
}
