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

// listen turns the listeners' events on, except those of listeners that rest. If that fails, it returns the listener that it failed for.
func (l *loop) listen() (*listener, error) {
	for _, listener := range l.listeners {
		if listener.broken.Load() || l.rests(listener) {
			continue
		}
		if err := l.queueUp(listener); err != nil {
			return listener, err
		}
	}
	l.listening = true
	return nil, nil
}

// queueUp makes the loop the last of those that wait for a listener's clients. Each client wakes one, the first that waits.
func (l *loop) queueUp(listener *listener) error {
	return l.watch(sock.EPOLL_CTL_ADD, listener.fd, sock.EPOLLIN|sock.EPOLLEXCLUSIVE)
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

// takeSome takes a client or datagrams; while the loop naps many gather, and it takes its share. To ask for clients when there
// are none costs more than a client does.
func (l *loop) takeSome(listener *listener) {
	for n := 1; l.take(listener) && l.coalescing.napping && n < eventloop.BatchSize && !l.hasMore(); n++ {
	}
}

// take takes one client or datagram; more is false when there is none, or no room for it.
func (l *loop) take(listener *listener) (more bool) {
	if listener.Datagram() {
		more, rest := l.responder.answer(listener)
		l.coalescing.met(l.responder.received, l.responder.bytes)
		if rest > 0 {
			l.rest(listener, rest)
		}
		return more
	}
	c, what := l.accept(listener)
	switch what {
	case aClient:
		l.coalescing.met(1, 0)
		l.add(c)
		l.balance(listener)
		return true
	case full:
		l.pauseListening() // the listener would be ready again at once, and this loop spin
		return false
	}
	return what == lost
}

// balance lets other loops have the next clients, if this one has more than its share: otherwise the first in the queue of
// loops that wait would get nearly all.
func (l *loop) balance(listener *listener) {
	if !l.listening || !l.hasMore() {
		return
	}
	sock.EpollCtl(l.epfd, sock.EPOLL_CTL_DEL, listener.fd, nil)
	if err := l.queueUp(listener); err != nil {
		l.listenLater(listener, err)
	}
}

// hasMore tells whether the loop has more clients than its share.
func (l *loop) hasMore() bool { return int64(l.count) > l.active.Load()/l.loops+1 }

// retryAccept asks for room again, when it is time.
func (l *loop) retryAccept() error {
	if l.retry == 0 || l.now < l.retry {
		return nil
	}
	l.retry = 0
	if l.stopping {
		return l.drain()
	}
	if listener, err := l.listen(); err != nil {
		l.listenLater(listener, err)
	}
	return nil
}

// listenLater treats running out of memory for epoll like running out of memory for clients: it pauses accepting.
func (l *loop) listenLater(listener *listener, err error) {
	l.report(listener, clientsWait, func() []any { return []any{"err", err} })
	l.pauseListening()
}

func (l *loop) pauseListening() {
	l.retry = l.now + pause
	l.unlisten()
}

// unlisten turns off what listener's events are on.
func (l *loop) unlisten() {
	l.listening = false
	for _, listener := range l.listeners {
		sock.EpollCtl(l.epfd, sock.EPOLL_CTL_DEL, listener.fd, nil)
	}
}

// drain empties the listeners' queues. The last loop to do so closes them.
func (l *loop) drain() error {
	if !l.stopping {
		l.stopping = true
		if err := l.watch(sock.EPOLL_CTL_DEL, l.stop.Fd(), 0); err != nil {
			return err
		}
	}
	l.unlisten()
	for _, listener := range l.listeners {
		for last := l.lastInQueue(listener); listener.accepted.Load() < last && l.take(listener); {
		}
	}
	if l.drained = l.retry == 0; l.drained && l.draining.Add(-1) == 0 {
		for _, listener := range l.listeners {
			listener.close()
		}
	}
	return nil
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
