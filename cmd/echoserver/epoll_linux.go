package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

// epoll serves with event loops, one a core. All loops wait on all listeners, so that no client has to wait for a loop that is
// busy; a client stays with the loop that accepted it.
func epoll(s *server) (serve func() error, err error) {
	loops := make([]*loop, runtime.GOMAXPROCS(0))
	eventloop.Reserve(len(loops))
	var draining atomic.Int32
	draining.Store(int32(len(loops)))
	for i := range loops {
		if loops[i], err = newLoop(s, len(loops), &draining); err != nil {
			return nil, err // the process ends, and with it the loops before
		}
	}
	return func() error { return runLoops(loops) }, nil
}

func runLoops(loops []*loop) error {
	errs := make(chan error, len(loops))
	var running sync.WaitGroup
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
	*server
	epfd       int
	buf        []byte
	batch      *batch
	responder  *responder
	coalescing coalescing
	clients    []*client // by descriptor
	count      int
	loops      int64 // how many there are
	idle       idleList
	start      time.Time
	now        time.Duration // when the events at hand came, since start
	listening  bool          // whether the listeners' events are wanted
	turn       eventloop.Turn
	retry      time.Duration // when to ask again for room, 0 if there is some
	resting    []resting
	stopping   bool          // whether the queues are to be emptied
	drained    bool          // whether this loop has done so
	draining   *atomic.Int32 // how many loops haven't
}

func newLoop(s *server, loops int, draining *atomic.Int32) (*loop, error) {
	epfd, err := sock.EpollCreate1(0)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %s", endpoint.Describe(err))
	}
	l := &loop{server: s, epfd: epfd, batch: newBatch(s), buf: make([]byte, max(recordSize, s.buffer)), loops: int64(loops), start: time.Now(), draining: draining}
	l.idle.timeout, l.coalescing.nap, l.responder = s.idleTimeout, s.coalesce, newResponder(s)
	err = l.watch(sock.EPOLL_CTL_ADD, s.stop.Fd(), sock.EPOLLIN)
	if err == nil {
		_, err = l.listen()
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *loop) close() {
	l.batch.Close()
	sock.Close(l.epfd)
}

func (l *loop) watch(op, fd int, events uint32) error {
	if err := sock.EpollCtl(l.epfd, op, fd, &sock.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("epoll_ctl: %s", endpoint.Describe(err))
	}
	return nil
}

func (l *loop) run() error {
	events := make([]sock.EpollEvent, 128)
	for {
		n, err := l.wait(events)
		if err != nil && err != sock.EINTR {
			return fmt.Errorf("epoll_wait: %s", endpoint.Describe(err))
		}
		l.now = time.Since(l.start)
		l.coalescing.waited(l.now, l.count)
		if l.turn.Yield(l.now) {
			l.coalescing.precise = false // another thread may go on
		}
		for _, e := range events[:n] {
			if c := l.client(int(e.Fd)); c != nil {
				l.serve(c, e.Events)
			} else if err := l.dispatch(int(e.Fd)); err != nil {
				return err
			}
		}
		if len(l.batch.clients) > 0 {
			l.serveBatch()
		}
		// With an error or all of events in use, clients may be ready that were not reported yet.
		if err == nil && n < len(events) {
			l.expire()
		}
		l.wake()
		if err := l.retryAccept(); err != nil {
			return err
		}
		if l.drained && l.count == 0 {
			return nil
		}
	}
}

// wait waits for events: first for -busy-poll without giving up the core, where being woken would take longer.
func (l *loop) wait(events []sock.EpollEvent) (n int, err error) {
	for until := l.now + l.busyPoll; l.busyPoll > 0 && time.Since(l.start) < until; {
		if n, err := sock.EpollWait(l.epfd, events, 0); n > 0 || err != nil {
			return n, err
		}
	}
	l.coalescing.wait()
	return sock.EpollWait(l.epfd, events, l.timeout())
}

// dispatch handles the event of a descriptor that isn't a client's.
func (l *loop) dispatch(fd int) error {
	if fd == l.stop.Fd() {
		return l.drain()
	}
	for _, listener := range l.listeners {
		if fd == listener.fd && l.listening {
			if l.takeSome(listener); listener.broken.Load() {
				sock.EpollCtl(l.epfd, sock.EPOLL_CTL_DEL, fd, nil)
			}
			return nil
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
	if err := l.watch(sock.EPOLL_CTL_ADD, int(c.fd), c.watched.events()); err != nil {
		l.finish(c, err) // ENOMEM or ENOSPC, of this client alone
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
	l.finish(c, err)
}

// The bits of an interest.
const (
	toSend   interest = 1 << iota // space, and nothing else: a client that doesn't receive is not received from
	toChange                      // only what happens after this
)

func (i interest) events() (events uint32) {
	events = sock.EPOLLIN | sock.EPOLLRDHUP | sock.EPOLLPRI // EPOLLPRI adds no event, but tells of urgent bytes
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
	// Of TCP a receive gives all there is, except that it stops at an urgent byte. Then nothing comes after it but the end.
	c.last = events&(sock.EPOLLRDHUP|sock.EPOLLPRI) == sock.EPOLLRDHUP && c.listener.tcp()
	if !l.batch.takes(c) {
		l.serveAlone(c)
		return
	}
	l.batch.clients = append(l.batch.clients, c)
	if len(l.batch.clients) == eventloop.BatchSize {
		l.serveBatch()
	}
}

func (l *loop) serveAlone(c *client) {
	sending, sent := l.sending(c), c.owed.progress()
	n, done, err := l.step(c, l.buf)
	l.coalescing.served(n)
	l.served(c, err == nil || l.sending(c) != sending || c.owed.progress() != sent, done, err)
}

// served ends a client's step, which moved bytes or did not, and waits for what the next one needs.
func (l *loop) served(c *client, moved, done bool, err error) {
	if done || err != nil && err != sock.EAGAIN {
		l.remove(c, err)
		return
	}
	var wanted interest
	if l.sending(c) {
		wanted = toSend
	}
	if moved {
		l.idle.touch(c, l.now)
	} else {
		// A socket may be ready and have nothing, for example while an urgent byte is on its way. The next event has to be a
		// new one, or the loop would spin.
		wanted |= toChange
	}
	if wanted == c.watched {
		return
	}
	c.watched = wanted
	if err := l.watch(sock.EPOLL_CTL_MOD, int(c.fd), wanted.events()); err != nil {
		l.remove(c, err)
	}
}

// timeout is how long the loop may wait for events, in milliseconds.
func (l *loop) timeout() int {
	until := l.retry
	if c := l.idle.oldest(); c != nil && l.idleTimeout > 0 {
		if deadline := l.idle.deadline(c); until == 0 || deadline < until {
			until = deadline
		}
	}
	if rested := l.nextRested(); rested > 0 && (until == 0 || rested < until) {
		until = rested
	}
	if until == 0 {
		return -1
	}
	return int(max(0, (until-l.now).Milliseconds()+1))
}

// expire resets the clients that are idle: a last attempt to serve them, which finds bytes that came while the process was
// stopped and space that a slow reader made without an event, moves nothing.
func (l *loop) expire() {
	for l.idleTimeout > 0 {
		c := l.idle.oldest()
		if c == nil || l.now < l.idle.deadline(c) {
			return
		}
		touched := c.touched
		c.last = false
		l.serveAlone(c)
		if l.client(int(c.fd)) == c && c.touched == touched {
			l.remove(c, errIdle)
		}
	}
}
