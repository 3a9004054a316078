package sock

import "golang.org/x/sys/unix"

// Pselect is Select with a timeout in nanoseconds, which stays as it is, and a signal mask: pselect(2).
// The mask replaces the calling thread's while it waits; nil leaves it. Go's threads share the process's signals, so a
// mask only holds off what is sent to this one thread; runtime.LockOSThread keeps a goroutine on it.
func Pselect(nfd int, r, w, e *FdSet, timeout *unix.Timespec, mask *unix.Sigset_t) (n int, err error) {
	if nfd > FD_SETSIZE {
		return 0, EINVAL
	}
	n, errno := pselect(nfd, r, w, e, timeout, mask)
	if errno != 0 {
		return 0, errno
	}
	raceAcquire()
	return n, nil
}

// Ppoll is Poll with a timeout in nanoseconds and a signal mask: ppoll(2). A nil timeout is no limit.
// The kernel would write the time that was left into timeout; as the C library does, this gives it a copy, and timeout
// stays as it is. The mask is as with Pselect.
func Ppoll(fds []Pollfd, timeout *unix.Timespec, mask *unix.Sigset_t) (n int, err error) {
	n, e := ppoll(fds, timeout, mask)
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}

// EpollPwait2 is EpollWait with a timeout in nanoseconds and a signal mask: epoll_pwait2(2), from Linux 5.11; ENOSYS before.
// A nil timeout is no limit. The mask is as with Pselect.
func EpollPwait2(epfd int, evs []EpollEvent, timeout *unix.Timespec, mask *unix.Sigset_t) (n int, err error) {
	n, e := epollPwait2(epfd, evs, timeout, mask)
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}
