package main

import (
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

// wait waits for events. It first polls for the time of -busy-poll without giving up the core, because
// being woken would take longer. A loop that blocks in recvmmsg(2) waits here only while its listener pauses.
func (l *loop) wait(events []sock.EpollEvent) (n int, err error) {
	if only := l.server.listeners[0]; only.blocks && !only.dead.Load() && l.timeout() < 0 && !l.server.stopping() {
		events[0] = sock.EpollEvent{Fd: int32(only.fd)}
		return 1, nil
	}
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

// blockReceives has the loops wait for datagrams in recvmmsg(2), without epoll_wait(2), if the server has nothing else to wait for:
// its only listener is for datagrams, and no other process has the socket.
func (s *server) blockReceives() {
	only := s.listeners[0]
	if len(s.listeners) > 1 || !only.Datagram() || only.inherited || s.options.busyPoll > 0 || s.options.coalesce > 0 {
		return
	}
	fd, err := sock.Socket(only.addr.Family(), sock.SOCK_DGRAM, 0)
	if err != nil {
		return
	}
	defer sock.Close(fd)
	// A sandbox may refuse shutdown(2), without which the wait would not end, and may lack MSG_WAITFORONE.
	ends := sock.Shutdown(fd, sock.SHUT_RD)
	_, waits := sock.Recvmmsg(-1, sock.NewBatch(1, 1), sock.MSG_WAITFORONE, nil)
	if (ends == nil || ends == sock.ENOTCONN) && waits == sock.EBADF {
		only.blocks = sock.SetNonblock(only.fd, false) == nil
	}
}

// endReceives ends the loops' waits for datagrams when the server must stop. shutdown(2) does so although it fails with ENOTCONN
// for UDP.
func (s *server) endReceives() {
	<-s.stop.Done()
	sock.Shutdown(s.listeners[0].fd, sock.SHUT_RD)
}
