//go:build unix

package sock

import (
	"math"

	"golang.org/x/sys/unix"
)

// Pollfd is struct pollfd of poll(2): the fd, the events to wait for, and those that occurred. A negative Fd is
// ignored.
type Pollfd = unix.PollFd

// Poll waits until a descriptor is ready: poll(2). msec is the longest wait in milliseconds, negative for no limit. n
// is the number of fds with Revents, 0 if the time ran out. POLLERR, POLLHUP and POLLNVAL are reported unasked. After
// EINTR, which the kernel never restarts and which an msec of 0 can get too, compute the remaining time before the
// next call. It holds an OS thread while it waits.
func Poll(fds []Pollfd, msec int) (n int, err error) {
	if msec > math.MaxInt32 {
		return 0, EINVAL
	}
	n, e := poll(fds, max(msec, -1))
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}

// FD_SETSIZE is the number of descriptors that an FdSet can hold, from 0 on: 1024, or 256 on NetBSD.
const FD_SETSIZE = unix.FD_SETSIZE

// FdSet is fd_set of select(2): a set of descriptors below FD_SETSIZE. Its zero value is empty, and assignment copies
// it. Its own methods, which are those of x/sys, panic on any other fd; FD_SET, FD_CLR and FD_ISSET do not.
type FdSet = unix.FdSet

// Timeval is struct timeval of select(2): seconds and microseconds.
type Timeval = unix.Timeval

// FD_SET adds fd to a set: FD_SET(3). EINVAL means that fd is too large for a set: wait for it with Poll.
func FD_SET(fd int, set *FdSet) error {
	if e := member(fd, set); e != nil {
		return e
	}
	set.Set(fd)
	return nil
}

// FD_CLR removes fd from a set: FD_CLR(3). EINVAL means that fd is too large to be in a set.
func FD_CLR(fd int, set *FdSet) error {
	if e := member(fd, set); e != nil {
		return e
	}
	set.Clear(fd)
	return nil
}

// FD_ISSET reports whether fd is in a set: FD_ISSET(3). It is false for an fd that is too large for a set.
func FD_ISSET(fd int, set *FdSet) bool {
	return member(fd, set) == nil && set.IsSet(fd)
}

// FD_ZERO empties a set: FD_ZERO(3).
func FD_ZERO(set *FdSet) {
	if set != nil {
		set.Zero()
	}
}

// member returns an error unless fd fits into set: in C, any other fd would write outside the set.
func member(fd int, set *FdSet) error {
	if set == nil {
		return EFAULT
	}
	if fd < 0 || fd >= FD_SETSIZE {
		return EINVAL
	}
	return nil
}

// Select waits until a descriptor is ready: select(2), on Linux as pselect6(2), as in the C library. nfd is the
// highest fd in any set plus one; above FD_SETSIZE it is EINVAL. n is the number of descriptors left in the sets
// together. On error the sets are unchanged. A nil set is empty, and a nil timeout is no limit.
//
// Linux writes the remaining time into timeout, other systems do not: set it before each call. EBADF reports a closed
// fd, except that Linux ignores one beyond the descriptor table of the process. EINTR is never restarted by the
// kernel. It holds an OS thread while it waits.
func Select(nfd int, r, w, e *FdSet, timeout *Timeval) (n int, err error) {
	if nfd > FD_SETSIZE {
		return 0, EINVAL
	}
	n, errno := selectfds(nfd, r, w, e, timeout)
	if errno != 0 {
		return 0, errno
	}
	raceAcquire()
	return n, nil
}
