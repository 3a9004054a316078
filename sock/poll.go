//go:build unix

package sock

import (
	"math"

	"golang.org/x/sys/unix"
)

// Pollfd is struct pollfd of poll(2): the fd, the events to wait for, and those that came. A negative Fd is skipped.
type Pollfd = unix.PollFd

// Poll waits until a descriptor is ready: poll(2). msec is the longest wait in milliseconds, negative for no limit.
// n is how many of fds have Revents, 0 when the time is up. POLLERR, POLLHUP and POLLNVAL come unasked.
// EINTR is never retried by the kernel, and comes with an msec of 0 too: the caller recomputes its timeout.
// It holds an OS thread while it waits.
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
