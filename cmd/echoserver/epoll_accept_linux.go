package main

import (
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

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
