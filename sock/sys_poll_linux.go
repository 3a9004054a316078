//go:build linux && !arm64 && !loong64 && !riscv64

package sock

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func poll(fds []Pollfd, msec int) (int, syscall.Errno) {
	trace := traced()
	n, _, e := syscall.Syscall(unix.SYS_POLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), arg(msec))
	if trace != nil {
		trace.poll(fds, msec, int(n), e)
	}
	return int(n), e
}

const (
	sysEpollWait  = unix.SYS_EPOLL_WAIT
	epollWaitName = "epoll_wait"
)
