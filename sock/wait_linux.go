package sock

import "golang.org/x/sys/unix"

// Timespec is struct timespec of ppoll(2): seconds and nanoseconds.
type Timespec = unix.Timespec

// Sigset is sigset_t of ppoll(2): a set of signals.
type Sigset = unix.Sigset_t

// Pselect is Select with a timeout in nanoseconds, which is not changed, and a signal mask: pselect(2). The mask
// replaces that of the calling thread while it waits; nil leaves it. Since the threads of Go share the signals of the
// process, a mask only holds off those sent to this one thread; runtime.LockOSThread keeps a goroutine on it.
func Pselect(nfd int, r, w, e *FdSet, timeout *Timespec, mask *Sigset) (n int, err error) {
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

// Ppoll is Poll with a timeout in nanoseconds and a signal mask: ppoll(2). A nil timeout is no limit. As in the C
// library, timeout is not changed, since the kernel writes the remaining time into a copy. The mask is as with
// Pselect.
func Ppoll(fds []Pollfd, timeout *Timespec, mask *Sigset) (n int, err error) {
	n, e := ppoll(fds, timeout, mask)
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}

// EpollPwait2 is EpollWait with a timeout in nanoseconds and a signal mask: epoll_pwait2(2), since Linux 5.11; older
// kernels return ENOSYS. A nil timeout is no limit. The mask is as with Pselect.
func EpollPwait2(epfd int, evs []EpollEvent, timeout *Timespec, mask *Sigset) (n int, err error) {
	n, e := epollPwait2(epfd, evs, timeout, mask)
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}
