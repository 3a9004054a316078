//go:build linux && (arm64 || loong64 || riscv64)

package sock

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// These architectures came after ppoll(2) and epoll_pwait(2) and have nothing older.

func poll(fds []Pollfd, msec int) (int, syscall.Errno) {
	if msec < 0 {
		return ppoll(fds, nil, nil)
	}
	ts := unix.NsecToTimespec(int64(msec) * int64(time.Millisecond))
	return ppoll(fds, &ts, nil)
}

func epollWait(epfd int, evs []EpollEvent, msec int) (int, syscall.Errno) {
	n, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT, arg(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(evs))), uintptr(len(evs)), arg(msec), 0, 0)
	if tracing() {
		traceEpollWait("epoll_pwait", epfd, evs, msec, int(n), e)
	}
	return int(n), e
}
