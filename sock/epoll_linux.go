package sock

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// EpollEvent is struct epoll_event of epoll_ctl(2). Fd and Pad together are its 64 bits of user data, which EpollData
// reads and SetEpollData sets: keep an fd or an index there, never a pointer.
type EpollEvent = unix.EpollEvent

// EpollData returns the 64 bits of user data of an event: epoll_data_t of epoll_event(3type).
func EpollData(ev *EpollEvent) uint64 { return uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32 }

// SetEpollData sets the 64 bits of user data of an event: epoll_data_t of epoll_event(3type). Data below 1<<31 is ev.Fd.
func SetEpollData(ev *EpollEvent, data uint64) { ev.Fd, ev.Pad = int32(data), int32(data>>32) }

// EpollCreate1 makes an epoll instance: epoll_create1(2). The new fd is -1 on error. Close-on-exec is always set;
// SetInheritable turns it off.
func EpollCreate1(flags int) (epfd int, err error) {
	epfd, e := epollCreate1(flags)
	if e != 0 {
		return -1, e
	}
	return epfd, nil
}

// EpollCtl adds, changes or removes fd in an epoll instance: epoll_ctl(2). op is EPOLL_CTL_ADD, EPOLL_CTL_MOD or
// EPOLL_CTL_DEL, which takes a nil ev. The last close of the file behind fd removes it too; while a duplicate of fd
// is open, it stays. EEXIST and ENOENT mean that fd is there already, or not at all; EPERM that nothing can wait for it,
// such as a regular file; ENOSPC that the user has reached /proc/sys/fs/epoll/max_user_watches.
func EpollCtl(epfd, op, fd int, ev *EpollEvent) error {
	return result(epollCtl(epfd, op, fd, ev))
}

// EpollWait waits for events: epoll_wait(2). msec is the longest wait in milliseconds, negative for no limit. n is
// how many of evs were filled, 0 if the time ran out. After EINTR, which the kernel never restarts, compute the
// remaining time before the next call. It holds an OS thread while it waits.
func EpollWait(epfd int, evs []EpollEvent, msec int) (n int, err error) {
	if msec > math.MaxInt32 {
		return 0, EINVAL
	}
	return epollWait(epfd, evs, msec)
}

// pollError asks for the error of adding a descriptor to an epoll instance, which the runtime doesn't tell: ENOSPC, for example,
// when the user has as many as /proc/sys/fs/epoll/max_user_watches.
func pollError(fd int) error {
	epfd, err := EpollCreate1(0)
	if err != nil {
		return nil
	}
	defer Close(epfd)
	return os.NewSyscallError("epoll_ctl", EpollCtl(epfd, EPOLL_CTL_ADD, fd, &EpollEvent{}))
}
