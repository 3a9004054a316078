package sock

import (
	"math"

	"golang.org/x/sys/unix"
)

// EpollEvent is struct epoll_event of epoll_ctl(2). Fd and Pad are together its 64 bits of user data: keep an
// fd or an index there, never a pointer.
type EpollEvent = unix.EpollEvent

// EpollCreate1 makes an epoll instance: epoll_create1(2). The new fd is -1 on error.
// Close-on-exec is always set; SetInheritable takes it off.
func EpollCreate1(flags int) (epfd int, err error) {
	epfd, e := epollCreate1(flags)
	if e != 0 {
		return -1, e
	}
	return epfd, nil
}

// EpollCtl adds, changes or removes fd in an epoll instance: epoll_ctl(2).
// op is EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL, which takes a nil ev. The last close of the file behind fd
// removes it too; a duplicate of fd that stays open keeps it there.
func EpollCtl(epfd, op, fd int, ev *EpollEvent) error {
	return result(epollCtl(epfd, op, fd, ev))
}

// EpollWait waits for events: epoll_wait(2). msec is the longest wait in milliseconds, negative for no limit.
// n is how many of evs were filled, 0 when the time is up. EINTR is never retried by the kernel: the caller
// recomputes its timeout. It holds an OS thread while it waits.
func EpollWait(epfd int, evs []EpollEvent, msec int) (n int, err error) {
	if msec > math.MaxInt32 {
		return 0, EINVAL
	}
	n, e := epollWait(epfd, evs, max(msec, -1))
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}
