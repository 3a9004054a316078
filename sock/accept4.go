//go:build linux || freebsd || netbsd || openbsd || dragonfly

package sock

import "golang.org/x/sys/unix"

// Flags of socket(2) and accept4(2), which macOS lacks.
const (
	SOCK_CLOEXEC  = unix.SOCK_CLOEXEC
	SOCK_NONBLOCK = unix.SOCK_NONBLOCK
)

// Accept4 is Accept with flags, SOCK_NONBLOCK and SOCK_CLOEXEC: accept4(2). Close-on-exec is always set;
// SetInheritable turns it off. The new socket blocks unless SOCK_NONBLOCK is given, whatever the mode of the
// listener.
func Accept4(fd, flags int) (nfd int, sa Sockaddr, err error) {
	return accept(fd, flags)
}

// sockNonblock is the flag of socket and accept4 that makes the new socket non-blocking.
const sockNonblock = SOCK_NONBLOCK
