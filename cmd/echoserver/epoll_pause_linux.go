package main

import (
	"slices"
	"time"
)

// pausedListener is a listener that cannot be received from, and the time to wait for its events again.
type pausedListener struct {
	listener *listener
	until    time.Duration
}

// pauseListener turns a listener's events off for a while.
func (l *loop) pauseListener(listener *listener, d time.Duration) {
	l.unlisten(listener)
	l.paused = append(l.paused, pausedListener{listener, l.now + d})
}

// resumeListeners turns on the events of the listeners whose pause is over, except of one for which a loop blocks in recvmmsg(2).
// If that fails, the listener remains paused.
func (l *loop) resumeListeners() {
	for i, p := range l.paused {
		if l.now < p.until || l.stopping || p.listener.dead.Load() || p.listener.blocks {
			continue
		}
		if err := l.queueUp(p.listener, 0); err != nil {
			l.server.report(p.listener, receiveFailed, func() []any { return []any{"err", err} })
			l.paused[i].until = l.now + maxPause
		}
	}
	l.paused = slices.DeleteFunc(l.paused, func(p pausedListener) bool { return l.now >= p.until })
}

// nextResume is the time when the next pause of a listener ends, 0 if none pauses.
func (l *loop) nextResume() (until time.Duration) {
	for _, p := range l.paused {
		until = sooner(until, p.until)
	}
	return until
}
