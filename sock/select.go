//go:build unix

package sock

import "golang.org/x/sys/unix"

// FD_SETSIZE is how many descriptors an FdSet has room for, those below it: 1024, on NetBSD 256.
const FD_SETSIZE = unix.FD_SETSIZE

// FdSet is fd_set of select(2): a set of descriptors below FD_SETSIZE. Its zero value is empty, and = copies it.
// Its own methods, which are x/sys's, panic on any other fd; FD_SET, FD_CLR and FD_ISSET don't.
type FdSet = unix.FdSet

// FD_SET puts fd into a set: FD_SET(3). EINVAL means that the set has no room for it: wait for it with Poll.
func FD_SET(fd int, set *FdSet) error {
	if e := member(fd, set); e != nil {
		return e
	}
	set.Set(fd)
	return nil
}

// FD_CLR takes fd out of a set: FD_CLR(3). EINVAL means that it can't have been in.
func FD_CLR(fd int, set *FdSet) error {
	if e := member(fd, set); e != nil {
		return e
	}
	set.Clear(fd)
	return nil
}

// FD_ISSET tells whether fd is in a set: FD_ISSET(3). What the set has no room for isn't in it.
func FD_ISSET(fd int, set *FdSet) bool {
	return member(fd, set) == nil && set.IsSet(fd)
}

// FD_ZERO empties a set: FD_ZERO(3).
func FD_ZERO(set *FdSet) {
	if set != nil {
		set.Zero()
	}
}

// member is nil where set has room for fd: in C, any other would be written beside the set.
func member(fd int, set *FdSet) error {
	if set == nil {
		return EFAULT
	}
	if fd < 0 || fd >= FD_SETSIZE {
		return EINVAL
	}
	return nil
}

// Select waits until a descriptor is ready: select(2), on Linux made as pselect6(2), as the C library makes it.
// nfd is the highest fd in any set plus one, and above FD_SETSIZE EINVAL. n is how many are left in the sets, all
// together; on error the sets are as they were. A nil set is empty, a nil timeout no limit.
// Linux writes the time that was left into timeout, others don't: set it before each call.
// EBADF tells of a closed fd, but Linux passes over one beyond the process's table of descriptors.
// EINTR is never retried by the kernel. It holds an OS thread while it waits.
func Select(nfd int, r, w, e *FdSet, timeout *unix.Timeval) (n int, err error) {
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
