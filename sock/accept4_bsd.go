//go:build freebsd || netbsd || openbsd || dragonfly

package sock

// acceptNonblock is the flag of accept4 that makes the new socket non-blocking.
const acceptNonblock = SOCK_NONBLOCK
