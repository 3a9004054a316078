//go:build linux && !arm64 && !loong64 && !riscv64

package sock

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func poll(fds []Pollfd, msec int) (int, syscall.Errno) {
	n, _, e := unix.Syscall(unix.SYS_POLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), arg(msec))
	if tracing() {
		tracePoll(fds, msec, int(n), e)
	}
	return int(n), e
}

func epollWait(epfd int, evs []EpollEvent, msec int) (int, syscall.Errno) {
	n, _, e := unix.Syscall6(unix.SYS_EPOLL_WAIT, arg(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(evs))), uintptr(len(evs)), arg(msec), 0, 0)
	if tracing() {
		traceEpollWait("epoll_wait", epfd, evs, msec, int(n), e)
	}
	return int(n), e
}
