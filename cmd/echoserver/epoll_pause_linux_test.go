package main

import (
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// A listener whose pause is over is waited for again. If epoll_ctl(2) fails then, the listener pauses on.
func TestPausedListener(t *testing.T) {
	l := newTestLoop(t)
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close(fd) })
	datagrams := &listener{Endpoint: sock.Endpoint{Network: "unixgram", Type: sock.SOCK_DGRAM}, fd: fd, addr: sock.Unnamed()}
	wantPaused := func(when string, want bool) {
		t.Helper()
		if l.resumeListeners(); (len(l.paused) == 1) != want {
			t.Errorf("%s: %d listeners are paused; want paused = %t", when, len(l.paused), want)
		}
	}
	l.pauseListener(datagrams, time.Second)
	wantPaused("before the time", true)
	if err := l.queueUp(datagrams, 0); err != nil {
		t.Fatal(err)
	}
	l.now = l.nextResume()
	wantPaused("at a time when epoll_ctl returns EEXIST", true)
	if l.nextResume() <= l.now {
		t.Error("nextResume is not in the future: the loop would try again at once")
	}
	l.unlisten(datagrams)
	l.now = l.nextResume()
	wantPaused("when epoll_ctl succeeds", false)
	if sock.EpollCtl(l.epfd, sock.EPOLL_CTL_DEL, fd, nil) != nil {
		t.Error("the listener is not in the epoll instance")
	}
}
