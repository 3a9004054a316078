//go:build unix

package main

import (
	"errors"
	"os"
	"sync"
	"time"

	"example.com/berkeley/sock"
)

// waiter waits until a client's socket is ready, in the engines that serve a client with a goroutine.
type waiter interface {
	// wait calls step with the descriptor whenever the socket may be ready, for writing or for reading, until step returns
	// true. At the deadline, if there is one, it returns os.ErrDeadlineExceeded.
	wait(writing bool, deadline time.Time, step func(fd uintptr) (progress bool)) error
}

// converse serves one client from beginning to end: it waits until the socket is ready for the next step, and makes it.
// It holds a buffer only during a step.
func (s *server) converse(c *client, w waiter, buffers *sync.Pool) error {
	var done bool
	var err error
	step := func(uintptr) (progress bool) {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		sending := s.sending(c)
		_, done, err = s.step(c, *buf)
		return err != sock.EAGAIN || s.sending(c) != sending
	}
	for !done && (err == nil || err == sock.EAGAIN) {
		sent := c.owed.progress()
		waited := w.wait(s.sending(c), s.idleDeadline(), step)
		switch {
		case errors.Is(waited, os.ErrDeadlineExceeded):
			// The process may have been stopped for longer than -idle-timeout, or a slow reader may have taken bytes without
			// making enough space for the kernel to report: only a client for which a last attempt moves nothing is idle.
			if !step(uintptr(c.fd)) && c.owed.progress() == sent {
				return errIdle
			}
		case waited != nil:
			return waited
		}
	}
	return err
}

// idleDeadline is when a client that does nothing from now on is idle; zero is never.
func (s *server) idleDeadline() time.Time {
	if s.idleTimeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(s.idleTimeout)
}

// newBuffers makes a pool of buffers, each large enough for a step of any client.
func (s *server) newBuffers() *sync.Pool {
	return &sync.Pool{New: func() any { p := make([]byte, max(recordSize, s.buffer)); return &p }}
}
