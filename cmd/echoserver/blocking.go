//go:build unix

package main

import (
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

const portableHelp = `		  iterative  one client at a time: accept, receive, send, close
		  threads    a thread per client, which blocks in poll(2) until the client's socket is
		             ready; at most 4096, or as many as the system allows
		  goroutines a goroutine per client under Go's scheduler: sock.Conn`

// acceptor accepts clients for the engines that block when they accept.
type acceptor struct {
	server    *server
	listeners []*listener
	serve     func(c *client)
	pause     time.Duration // the last wait after a failure, 0 after a success
	short     sync.Once     // for a log line about a lack of memory
	draining  bool
}

// run serves until the server is told to stop, then empties the queues and closes the listeners.
func (a *acceptor) run() error {
	r := newResponder(a.server)
	fds := []sock.Pollfd{{Fd: int32(a.server.stop.Fd()), Events: sock.POLLIN}}
	for _, l := range a.listeners {
		fds = append(fds, sock.Pollfd{Fd: int32(l.fd), Events: sock.POLLIN})
	}
	until := make([]time.Time, len(fds)) // when the pause of a listener ends
	for {
		switch _, err := sock.Poll(fds, a.endPauses(fds, until)); err {
		case nil:
		case sock.EINTR:
			continue
		case sock.ENOMEM:
			a.short.Do(func() { a.server.log.Warn("clients wait in the queue", "err", "poll: "+callerr.Describe(err)) })
			time.Sleep(minPause) // as when memory is short for a client
			if a.server.stopping() {
				a.drain(r)
				return nil
			}
			continue
		default:
			return fmt.Errorf("poll: %s", callerr.Describe(err))
		}
		if fds[0].Revents != 0 {
			a.drain(r)
			return nil
		}
		for i, l := range a.listeners {
			if fds[i+1].Revents == 0 {
				continue
			}
			if _, pause := a.take(l, r); pause > 0 || l.dead.Load() {
				fds[i+1].Fd, until[i+1] = -1, time.Now().Add(pause) // poll(2) skips it
			}
		}
	}
}

// endPauses adds the listeners whose pause is over to those that poll(2) waits for. msec is the time until the next pause ends.
func (a *acceptor) endPauses(fds []sock.Pollfd, until []time.Time) (msec int) {
	msec = -1
	for i, l := range a.listeners {
		if fds[i+1].Fd >= 0 || l.dead.Load() {
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

// take accepts one client or receives some datagrams; more is false when none are left. A listener whose socket cannot be
// received from must pause.
func (a *acceptor) take(l *listener, r *responder) (more bool, pause time.Duration) {
	if l.Datagram() {
		return r.answer(l)
	}
	seen := a.server.vacancies.count.Load()
	c, result, err := a.server.accept(l, a.server.pipes.giveUp)
	switch result {
	case accepted:
		a.pause = 0
		a.serve(c)
	case noResources:
		a.wait(seen, err)
	}
	return result != queueEmpty && result != listenerDead, 0
}

// wait waits until accepting may succeed again, or until the server is told to stop.
func (a *acceptor) wait(seen int64, why error) {
	stop := a.server.stop.Done()
	if a.draining {
		stop = nil
	}
	a.pause = nextPause(a.pause, why)
	a.server.vacancies.wait(seen, a.pause, stop)
}

// drain accepts all waiting clients: closing a listener resets those that are still in its queue.
func (a *acceptor) drain(r *responder) {
	a.draining = true
	for _, l := range a.listeners {
		for more, last := true, a.server.lastInQueue(l); more && l.counters.accepted.Load() < last; {
			more, _ = a.take(l, r)
		}
		l.close()
	}
}

// poller waits for a client's socket in poll(2), which holds a thread.
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
			time.Sleep(minPause) // poll(2) has no memory, or the socket is ready although no bytes can be moved
		}
	}
}

// milliseconds converts a duration for poll(2) and epoll_wait(2): it rounds up, and limits the result to an int32.
func milliseconds(d time.Duration) int {
	return int(min(max(0, d.Milliseconds()+1), math.MaxInt32))
}
