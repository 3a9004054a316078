package main

import (
	"slices"
	"time"

	"example.com/berkeley/sock"
)

// resting is a listener that cannot be received from, and when to wait for its events again.
type resting struct {
	*listener
	until time.Duration
}

// rest turns a listener's events off for a while.
func (l *loop) rest(listener *listener, d time.Duration) {
	sock.EpollCtl(l.epfd, sock.EPOLL_CTL_DEL, listener.fd, nil)
	l.resting = append(l.resting, resting{listener, l.now + d})
}

// wake turns the events of the listeners on that have rested.
func (l *loop) wake() {
	l.resting = slices.DeleteFunc(l.resting, func(r resting) bool {
		if l.now < r.until {
			return false
		}
		if l.listening && !r.broken.Load() {
			if err := l.queueUp(r.listener); err != nil {
				l.listenLater(r.listener, err)
			}
		}
		return true
	})
}

// rests tells whether a listener's events are off for a while.
func (l *loop) rests(listener *listener) bool {
	return slices.ContainsFunc(l.resting, func(r resting) bool { return r.listener == listener })
}

// nextRested is when the first of the listeners that rest has rested, 0 if there are none.
func (l *loop) nextRested() (until time.Duration) {
	for _, r := range l.resting {
		if until == 0 || r.until < until {
			until = r.until
		}
	}
	return until
}
