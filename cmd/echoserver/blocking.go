//go:build unix

package main

import (
	"fmt"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// pause is how long a server waits before it asks again whether there is room for another client.
const pause = 10 * time.Millisecond

const portableHelp = `		  iterative  one client at a time, the others wait: accept, receive, send, close
		  threads    a thread a client, on blocking sockets; 4096 at most, or as many as the
		             system has left, the others wait
		  goroutines a goroutine a client, on non-blocking sockets under Go's scheduler:
		             sock.Conn`

// acceptor takes clients off listeners' queues for the engines that block when they accept.
type acceptor struct {
	*server
	listeners []*listener
	serve     func(c *client, draining bool)
	makeRoom  func() // called when there is no room for another client
}

// run serves until the server is to stop, then empties the queues and closes the listeners.
func (a *acceptor) run() error {
	m := newMailbox(a.server)
	fds := []sock.Pollfd{{Fd: int32(a.stop.Fd()), Events: sock.POLLIN}}
	for _, l := range a.listeners {
		fds = append(fds, sock.Pollfd{Fd: int32(l.fd), Events: sock.POLLIN})
	}
	for {
		switch _, err := sock.Poll(fds, -1); err {
		case nil:
		case sock.EINTR:
			continue
		case sock.ENOMEM:
			time.Sleep(pause) // as where there is none for a client
			continue
		default:
			return fmt.Errorf("poll: %s", endpoint.Describe(err))
		}
		if fds[0].Revents != 0 {
			a.drain(m)
			return nil
		}
		for i, l := range a.listeners {
			if fds[i+1].Revents == 0 {
				continue
			}
			if a.take(l, m, false); l.broken.Load() {
				fds[i+1].Fd = -1 // poll(2) skips it
			}
		}
	}
}

// take takes one client or datagram; more is false when there is none.
func (a *acceptor) take(l *listener, m *mailbox, draining bool) (more bool) {
	if l.Datagram() {
		return m.answer(l)
	}
	c, what := a.accept(l, sock.Accept)
	switch what {
	case aClient:
		a.serve(c, draining)
	case full:
		a.makeRoom()
	}
	return what != nobody && what != broken
}

// drain takes all clients that wait: closing a listener resets those that are still in its queue.
func (a *acceptor) drain(m *mailbox) {
	for _, l := range a.listeners {
		for last := a.lastInQueue(l); l.accepted.Load() < last && a.take(l, m, true); {
		}
		l.close()
	}
}

// converse serves one client on its blocking socket, from beginning to end.
func (s *server) converse(c *client, buf []byte) {
	s.finish(c, s.conversation(c, buf))
}

func (s *server) conversation(c *client, buf []byte) error {
	if s.idleTimeout > 0 {
		if err := sock.Setsockopt(int(c.fd), sock.SO_RCVTIMEO, s.idleTimeout); err != nil {
			return c.failed("setsockopt", err)
		}
		if err := sock.Setsockopt(int(c.fd), sock.SO_SNDTIMEO, s.idleTimeout); err != nil {
			return c.failed("setsockopt", err)
		}
	}
	for {
		switch _, done, err := s.step(c, buf); {
		case err == sock.EAGAIN:
			return errIdle
		case done || err != nil:
			return err
		}
	}
}
