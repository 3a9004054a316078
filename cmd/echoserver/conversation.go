//go:build unix

package main

import (
	"errors"
	"os"
	"sync/atomic"
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
func (s *server) converse(c *client, w waiter, buffers *buffers) error {
	var done bool
	var err error
	step := func(uintptr) (progress bool) {
		buf := buffers.take()
		defer buffers.give(buf)
		sending := s.sending(c)
		done, err = s.step(c, buf)
		return err != sock.EAGAIN || s.sending(c) != sending
	}
	for !done && (err == nil || err == sock.EAGAIN) {
		sent := c.pending.progress()
		waited := w.wait(s.sending(c), s.idleDeadline(), step)
		switch {
		case errors.Is(waited, os.ErrDeadlineExceeded):
			// The process may have been stopped for longer than -idle-timeout, or a slow reader may have received bytes
			// without freeing enough space for the kernel to report: a client is idle only if a last attempt moves
			// nothing.
			moved := step(uintptr(c.fd)) || c.pending.progress() != sent
			for n := 1; err == nil && !done && n < lastSteps; n++ {
				step(uintptr(c.fd))
			}
			if !moved {
				return errIdle
			}
		case waited != nil:
			return waited
		}
	}
	return err
}

// lastSteps limits the last attempt to serve a client that seems idle. It goes on until the socket is not ready, since
// another one would take what space is left for progress, although the client received nothing.
const lastSteps = 64

// idleDeadline returns when a client that does nothing from now on is idle; zero means never.
func (s *server) idleDeadline() time.Time {
	if s.options.idleTimeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(s.options.idleTimeout)
}

// maxBuffers limits how many steps, and so threads, run at the same time. Only steps that read or write a file take long;
// a disk that hangs blocks at most this many. Where memory or threads are limited, there are fewer.
const maxBuffers = 64

// buffers are those of the steps, each large enough for any client. Goroutines share them.
type buffers struct {
	size int
	made atomic.Int64
	free chan []byte
}

func (s *server) newBuffers() *buffers {
	size := max(recordSize, s.options.buffer)
	return &buffers{size: size, free: make(chan []byte, min(maxBuffers, max(2, min(memoryForClients()/4/size, spareThreads()))))}
}

// take returns a buffer, and waits for one while all are in use.
func (b *buffers) take() []byte {
	select {
	case p := <-b.free:
		return p
	default:
	}
	if b.made.Add(1) <= int64(cap(b.free)) {
		return make([]byte, b.size)
	}
	b.made.Add(-1)
	return <-b.free
}

// give gives a buffer back.
func (b *buffers) give(p []byte) { b.free <- p }
