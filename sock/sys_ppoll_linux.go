//go:build linux && (arm64 || loong64 || riscv64)

package sock

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// These architectures are newer than ppoll(2) and epoll_pwait(2), and lack the older calls.

func poll(fds []Pollfd, msec int) (int, syscall.Errno) {
	if msec < 0 {
		return ppoll(fds, nil, nil)
	}
	ts := unix.NsecToTimespec(int64(msec) * int64(time.Millisecond))
	return ppoll(fds, &ts, nil)
}

const (
	sysEpollWait  = unix.SYS_EPOLL_PWAIT
	epollWaitName = "epoll_pwait"
)
