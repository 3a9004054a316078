package main

import (
	"cmp"
	"sync/atomic"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

// listen turns the listeners' events on.
func (l *loop) listen() error {
	for _, listener := range l.server.listeners {
		if listener.blocks {
			continue
		}
		if err := l.queueUp(listener, 0); err != nil {
			return err
		}
	}
	return nil
}

// queueUp puts the loop at the end of the queue of loops that wait for a listener's clients.
// Each client wakes the first loop.
func (l *loop) queueUp(listener *listener, flags uint32) error {
	return l.control(sock.EPOLL_CTL_ADD, listener.fd, sock.EPOLLIN|sock.EPOLLEXCLUSIVE|flags)
}

// queueUpAgain is queueUp for listeners whose events are on. After an error, the events of some are off.
func (l *loop) queueUpAgain(flags uint32, listeners ...*listener) (err error) {
	for _, listener := range listeners {
		if !listener.dead.Load() {
			l.unlisten(listener)
			err = cmp.Or(l.queueUp(listener, flags), err)
		}
	}
	return err
}

// unlisten turns a listener's events off, if they are on.
func (l *loop) unlisten(listener *listener) {
	sock.EpollCtl(l.epfd, sock.EPOLL_CTL_DEL, listener.fd, nil)
}

// takeSome accepts a client or receives datagrams. With -coalesce many arrive at once, and it takes its share. accept4
// on an empty queue costs more than a successful one.
func (l *loop) takeSome(listener *listener) {
	atOnce := 1
	if l.server.options.coalesce > 0 {
		atOnce = eventloop.MaxTransfers
	}
	for n := 0; n < atOnce && l.take(listener) && !l.aboveShare(); n++ {
	}
}

// take takes one client or some datagrams. It returns false when the queue is empty or the client has to wait.
func (l *loop) take(listener *listener) (more bool) {
	if listener.Datagram() {
		return l.takeDatagrams(listener)
	}
	return l.takeClient(listener)
}

func (l *loop) takeDatagrams(listener *listener) (more bool) {
	l.responder.waits = listener.blocks && !l.stopping
	more, pause := l.responder.answer(listener)
	switch {
	case listener.dead.Load():
		l.unlisten(listener)
	case pause > 0:
		l.pauseListener(listener, pause)
	}
	return more
}

func (l *loop) takeClient(listener *listener) (more bool) {
	l.seen = l.server.vacancies.count.Load()
	c, result, err := l.server.accept(listener, l.giveUp)
	switch result {
	case accepted:
		l.pause = 0
		l.add(c)
		l.balance(listener)
		return true
	case noResources:
		l.acceptLater(err)
	case listenerDead:
		l.unlisten(listener)
	}
	return result == clientGone
}

// balance leaves the next clients to other loops if this one has more than its share. Otherwise the first in the queue
// of waiting loops would get nearly all.
func (l *loop) balance(listener *listener) {
	if l.stopping || l.edgeTriggered || !l.aboveShare() {
		return
	}
	if err := l.queueUpAgain(0, listener); err != nil {
		l.cannotListen(err)
	}
}

// aboveShare reports whether the loop has more clients than its share.
func (l *loop) aboveShare() bool { return int64(l.count) > l.server.active.Load()/l.loops+1 }

// giveUp closes a descriptor that only makes the server faster. It returns false if the loop has no such descriptor.
func (l *loop) giveUp() bool {
	return l.server.pipes.giveUp() || l.group.giveUp(l.server.active.Load())
}

// acceptLater makes the loop wait until accepting may succeed again. Whenever it wakes up it looks for vacancies. Its
// own clients wake it, and so do new ones, which a loop without clients needs.
func (l *loop) acceptLater(why error) {
	l.waiting, l.pause, l.retry = true, nextPause(l.pause, why), 0
	if l.stopping {
		l.pause = minPause // new clients no longer wake it
	}
	if l.pause > 0 {
		l.retry = l.now + l.pause
	}
	if l.edgeTriggered || l.stopping {
		return
	}
	l.edgeTriggered = true
	if err := l.queueUpAgain(sock.EPOLLET, l.queues...); err != nil {
		l.retry = l.now + maxPause
	}
}

// acceptAgain accepts waiting clients if there is a vacancy or it is time, and ends the wait if none is left. A loop
// that doesn't wait does so too, because only one loop was told of each client in the queue.
func (l *loop) acceptAgain() error {
	switch {
	case l.drained || !l.mayAccept():
		return nil
	case l.stopping:
		return l.drain()
	}
	l.waiting, l.retry = false, 0
	for _, listener := range l.queues {
		for n := 0; n < eventloop.MaxTransfers && !listener.dead.Load() && l.take(listener); n++ {
		}
	}
	if l.edgeTriggered && !l.waiting {
		l.edgeTriggered = false
		if err := l.queueUpAgain(0, l.queues...); err != nil {
			l.cannotListen(err)
		}
	}
	return nil
}

// mayAccept reports whether there is a vacancy for a client that waits, or it is time to try again.
func (l *loop) mayAccept() bool {
	if l.waiting && l.retry > 0 && l.now >= l.retry {
		return true
	}
	return (l.waiting || l.server.queued.Load() > 0) && l.server.vacancies.count.Load() != l.seen
}

// cannotListen handles an error of epoll_ctl(2): running out of memory for epoll is like running out of it for clients.
func (l *loop) cannotListen(err error) {
	for _, listener := range l.queues {
		l.server.congested(listener, err.Error(), sock.ENOMEM)
	}
	l.acceptLater(sock.ENOMEM)
}

// drain empties the listeners' queues.
func (l *loop) drain() error {
	if !l.stopping {
		l.stopping = true
		if err := l.control(sock.EPOLL_CTL_DEL, l.server.stop.Fd(), 0); err != nil {
			return err
		}
	}
	l.waiting, l.retry = false, 0
	for _, listener := range l.server.listeners {
		l.unlisten(listener)
		for last := l.server.lastInQueue(listener); listener.counters.accepted.Load() < last && l.take(listener); {
		}
	}
	if l.drained = !l.waiting; l.drained {
		l.server.drained(l.draining)
	}
	return nil
}

// drained records that one goroutine no longer uses the listeners. The last one closes them.
func (s *server) drained(draining *atomic.Int32) {
	if draining.Add(-1) > 0 {
		return
	}
	for _, listener := range s.listeners {
		listener.close()
	}
}
