package main

import (
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

// wait waits for events. It first polls for the time of -busy-poll without giving up the core, because
// being woken would take longer.
func (l *loop) wait(events []sock.EpollEvent) (n int, err error) {
	for until := l.now + l.server.options.busyPoll; l.server.options.busyPoll > 0 && time.Since(l.start) < until; {
		if n, err := sock.EpollWait(l.epfd, events, 0); n > 0 || err != nil {
			return n, err
		}
	}
	if l.server.options.coalesce > 0 {
		l.gather()
	}
	return sock.EpollWait(l.epfd, events, l.timeout())
}

// gather sleeps for -coalesce, so that more events arrive at once. The kernel adds 50 µs to a
// thread's sleep unless told otherwise.
func (l *loop) gather() {
	if !l.precise {
		l.precise = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) == nil
	}
	delay := unix.NsecToTimespec(int64(l.server.options.coalesce))
	sock.Ppoll(nil, &delay, nil)
}

// timeout is how long the loop may wait for events, in milliseconds.
func (l *loop) timeout() int {
	until := sooner(sooner(l.retry, l.idle.deadline()), l.nextResume())
	if until == 0 {
		return -1
	}
	return milliseconds(until - l.now)
}

// sooner returns the earlier of two times, of which 0 is never.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
