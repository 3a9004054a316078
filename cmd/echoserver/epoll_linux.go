package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

// epoll serves with event loops, one per core. All loops wait on all listeners, so that no client has to wait for a loop that is
// busy; a client stays with the loop that accepted it.
func epoll(s *server) (serve func() error, err error) {
	loops := make([]*loop, min(runtime.GOMAXPROCS(0), maxLoops))
	eventloop.Reserve(len(loops))
	s.blockReceives()
	var draining atomic.Int32
	for i := range loops {
		if loops[i], err = newLoop(s, len(loops), &draining); err != nil {
			return nil, err // the process ends, and with it the loops before
		}
	}
	return func() error { return s.runLoops(loops, &draining) }, nil
}

// runLoops runs the loops to their end. They share draining, the number of goroutines that may still use the listeners once the
// server must stop.
func (s *server) runLoops(loops []*loop, draining *atomic.Int32) error {
	draining.Store(int32(len(loops)))
	errs := make(chan error, len(loops))
	var running sync.WaitGroup
	if s.listeners[0].blocks {
		draining.Add(1)
		running.Go(func() {
			s.endReceives()
			s.drained(draining)
		})
	}
	for _, l := range loops {
		running.Go(func() {
			defer l.close()
			if err := l.run(); err != nil {
				errs <- err
			}
		})
	}
	go func() {
		running.Wait()
		close(errs)
	}()
	return <-errs
}

// loop is one event loop. Its goroutine is the only one that uses it, and its clients.
type loop struct {
	server        *server
	epfd          int
	buf           []byte
	group         *group
	responder     *responder
	precise       bool      // whether this thread sleeps no longer than requested
	clients       []*client // by descriptor
	count         int
	loops         int64 // number of loops
	idle          idleList
	start         time.Time
	now           time.Duration // when the current events arrived, since start
	turn          eventloop.Turn
	queues        []*listener   // listeners that are not for datagrams
	waiting       bool          // whether accepting is paused
	edgeTriggered bool          // whether the queues' events are edge-triggered, as a queue that stays full needs
	seen          int64         // of vacancies, when the last attempt to accept began
	pause         time.Duration // the last wait after a failure, 0 after a success
	retry         time.Duration // when to try again to accept if there is no vacancy before, 0 is never
	paused        []pausedListener
	stopping      bool          // whether the queues should be emptied
	drained       bool          // whether this loop has done so
	draining      *atomic.Int32 // of runLoops
}

func newLoop(s *server, loops int, draining *atomic.Int32) (*loop, error) {
	epfd, err := sock.EpollCreate1(0)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %s", callerr.Describe(err))
	}
	l := &loop{
		server: s, epfd: epfd, group: newGroup(s), responder: newResponder(s), buf: make([]byte, max(recordSize, s.options.buffer)),
		idle: idleList{timeout: s.options.idleTimeout}, loops: int64(loops), start: time.Now(), draining: draining,
	}
	l.queues = slices.DeleteFunc(slices.Clone(s.listeners), func(l *listener) bool { return l.Datagram() })
	err = l.control(sock.EPOLL_CTL_ADD, s.stop.Fd(), sock.EPOLLIN)
	if err == nil {
		err = l.listen()
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *loop) close() {
	l.group.transfers.Close()
	sock.Close(l.epfd)
}

func (l *loop) control(op, fd int, events uint32) error {
	if err := sock.EpollCtl(l.epfd, op, fd, &sock.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("epoll_ctl: %s", callerr.Describe(err))
	}
	return nil
}

func (l *loop) run() error {
	events := make([]sock.EpollEvent, 128)
	for {
		n, err := l.wait(events)
		if err != nil && err != sock.EINTR {
			return fmt.Errorf("epoll_wait: %s", callerr.Describe(err))
		}
		l.now = time.Since(l.start)
		if l.turn.Yield(l.now) {
			l.precise = false // another thread may continue
		}
		for _, e := range events[:n] {
			if c := l.client(int(e.Fd)); c != nil {
				l.serve(c, e.Events)
			} else if err := l.dispatch(int(e.Fd)); err != nil {
				return err
			}
		}
		if len(l.group.clients) > 0 {
			l.serveGroup()
		}
		// With an error or all of events in use, clients may be ready that were not reported yet.
		if err == nil && n < len(events) {
			l.expire()
		}
		l.resumeListeners()
		if err := l.acceptAgain(); err != nil {
			return err
		}
		if l.drained && l.count == 0 {
			return nil
		}
	}
}

// dispatch handles the event of a descriptor that isn't a client's.
func (l *loop) dispatch(fd int) error {
	if fd == l.server.stop.Fd() {
		return l.drain()
	}
	for _, listener := range l.server.listeners {
		switch {
		case fd != listener.fd || l.stopping:
		case !l.waiting || listener.Datagram():
			l.takeSome(listener)
		case !listener.congestion.queued.Load():
			l.retry = l.now // this queue has its first waiting client
		}
	}
	return nil // closed by an event before this one
}

func (l *loop) client(fd int) *client {
	if fd < len(l.clients) {
		return l.clients[fd]
	}
	return nil
}

func (l *loop) add(c *client) {
	if err := l.control(sock.EPOLL_CTL_ADD, int(c.fd), c.interest.events()); err != nil {
		l.server.finish(c, err) // ENOMEM or ENOSPC, which concerns only this client
		return
	}
	for int(c.fd) >= len(l.clients) {
		l.clients = append(l.clients, nil)
	}
	l.clients[c.fd] = c
	l.count++
	l.idle.add(c, l.now)
}

func (l *loop) remove(c *client, err error) {
	l.clients[c.fd] = nil
	l.count--
	l.idle.remove(c)
	l.server.finish(c, err)
	l.group.restore(l.server)
}

// The bits of an interest.
const (
	toSend   interest = 1 << iota // only space: the server doesn't receive from a client that doesn't receive
	toChange                      // only what happens after this
)

func (i interest) events() (events uint32) {
	events = sock.EPOLLIN | sock.EPOLLRDHUP | sock.EPOLLPRI // EPOLLPRI adds no event, and reports urgent bytes
	if i&toSend != 0 {
		events = sock.EPOLLOUT
	}
	if i&toChange != 0 {
		events |= sock.EPOLLET
	}
	return events
}

// serve moves a client's conversation on by one step, at once or with those of others.
func (l *loop) serve(c *client, events uint32) {
	// A TCP receive returns everything that has arrived, except that it stops at an urgent byte. If the peer has shut
	// down, only the end can follow it.
	c.last = events&(sock.EPOLLRDHUP|sock.EPOLLPRI) == sock.EPOLLRDHUP && c.listener.tcp()
	if !l.group.takes(c) {
		l.serveAlone(c)
		return
	}
	l.group.clients = append(l.group.clients, c)
	if len(l.group.clients) == eventloop.MaxTransfers {
		l.serveGroup()
	}
}

// serveAlone makes a client's next step, and reports whether the socket may be ready for another one.
func (l *loop) serveAlone(c *client) (more bool) {
	sending, sent := l.server.sending(c), c.pending.progress()
	done, err := l.server.step(c, l.buf)
	l.served(c, err == nil || l.server.sending(c) != sending || c.pending.progress() != sent, done, err)
	return err == nil && l.client(int(c.fd)) == c
}

// served ends a client's step, which moved bytes or did not, and waits for what the next one needs.
func (l *loop) served(c *client, moved, done bool, err error) {
	if done || err != nil && err != sock.EAGAIN {
		l.remove(c, err)
		return
	}
	var wanted interest
	if l.server.sending(c) {
		wanted = toSend
	}
	if moved {
		l.idle.touch(c, l.now)
	} else {
		// A socket may be ready without data, for example while an urgent byte is on its way. The loop then waits for
		// a new event, or it would spin.
		wanted |= toChange
	}
	if wanted == c.interest {
		return
	}
	c.interest = wanted
	if err := l.control(sock.EPOLL_CTL_MOD, int(c.fd), wanted.events()); err != nil {
		l.remove(c, err)
	}
}

// expire resets the clients that are idle.
func (l *loop) expire() {
	for c := l.idle.expired(l.now); c != nil; c = l.idle.expired(l.now) {
		l.serveLast(c)
	}
}

// serveLast makes a last attempt to serve a client, and resets it if that moves nothing. The attempt finds bytes that came
// while the process was stopped, and space that a slow reader made without an event.
func (l *loop) serveLast(c *client) {
	touched := c.idle.touched
	c.last = false
	for n := 0; n < lastSteps && l.serveAlone(c); n++ {
	}
	if l.client(int(c.fd)) == c && c.idle.touched == touched {
		l.remove(c, errIdle)
	}
}
