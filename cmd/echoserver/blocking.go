//go:build unix

package main

import (
	"fmt"
	"math"
	"os"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// pause is how long a server waits before it asks again whether there is room for another client.
const pause = 10 * time.Millisecond

const portableHelp = `		  iterative  one client at a time, the others wait: accept, receive, send, close
		  threads    a thread per client, which blocks in poll(2) until the client's socket is
		             ready; at most 4096, or as many as the system has left, the others wait
		  goroutines a goroutine per client under Go's scheduler: sock.Conn`

// acceptor takes clients off listeners' queues for the engines that block when they accept.
type acceptor struct {
	*server
	listeners []*listener
	serve     func(c *client)
	makeRoom  func() // called when there is no room for another client
}

// run serves until the server is to stop, then empties the queues and closes the listeners.
func (a *acceptor) run() error {
	r := newResponder(a.server)
	fds := []sock.Pollfd{{Fd: int32(a.stop.Fd()), Events: sock.POLLIN}}
	for _, l := range a.listeners {
		fds = append(fds, sock.Pollfd{Fd: int32(l.fd), Events: sock.POLLIN})
	}
	until := make([]time.Time, len(fds)) // when to wait again for a listener that rests
	for {
		switch _, err := sock.Poll(fds, a.endRests(fds, until)); err {
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
			a.drain(r)
			return nil
		}
		for i, l := range a.listeners {
			if fds[i+1].Revents == 0 {
				continue
			}
			if _, rest := a.take(l, r); rest > 0 || l.broken.Load() {
				fds[i+1].Fd, until[i+1] = -1, time.Now().Add(rest) // poll(2) skips it
			}
		}
	}
}

// endRests has poll(2) wait again for the listeners that have rested. msec is how long it may wait before the next one has.
func (a *acceptor) endRests(fds []sock.Pollfd, until []time.Time) (msec int) {
	msec = -1
	for i, l := range a.listeners {
		if fds[i+1].Fd >= 0 || l.broken.Load() {
			continue
		}
		left := time.Until(until[i+1])
		if left <= 0 {
			fds[i+1].Fd = int32(l.fd)
		} else if wait := milliseconds(left); msec < 0 || wait < msec {
			msec = wait
		}
	}
	return msec
}

// take takes one client or some datagrams; more is false when there are none. A listener that cannot be received from is to
// rest.
func (a *acceptor) take(l *listener, r *responder) (more bool, rest time.Duration) {
	if l.Datagram() {
		return r.answer(l)
	}
	c, what := a.accept(l)
	switch what {
	case aClient:
		a.serve(c)
	case full:
		a.makeRoom()
	}
	return what != queueEmpty && what != broken, 0
}

// drain takes all clients that wait: closing a listener resets those that are still in its queue.
func (a *acceptor) drain(r *responder) {
	for _, l := range a.listeners {
		for more, last := true, a.lastInQueue(l); more && l.accepted.Load() < last; {
			more, _ = a.take(l, r)
		}
		l.close()
	}
}

// poller waits for a client's socket in poll(2), which takes a thread.
type poller struct{ fd int32 }

func (p poller) wait(writing bool, deadline time.Time, step func(uintptr) bool) error {
	fds := []sock.Pollfd{{Fd: p.fd, Events: sock.POLLIN}}
	if writing {
		fds[0].Events = sock.POLLOUT
	}
	for {
		timeout := -1
		if !deadline.IsZero() {
			left := time.Until(deadline)
			if left <= 0 {
				return os.ErrDeadlineExceeded
			}
			timeout = milliseconds(left)
		}
		switch n, err := sock.Poll(fds, timeout); {
		case err == sock.EINTR, err == nil && n == 0:
		case err == nil && step(uintptr(p.fd)):
			return nil
		default:
			time.Sleep(pause) // no memory to wait with, or a socket that is ready and yet moves nothing
		}
	}
}

// milliseconds is a duration as poll(2) and epoll_wait(2) take it: never shorter, and no more than an int32 holds.
func milliseconds(d time.Duration) int {
	return int(min(max(0, d.Milliseconds()+1), math.MaxInt32))
}
