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
	ts := unix.NsecToTimespec(int64(msec) * int64(time.Millisecond))
	timeout := unsafe.Pointer(&ts)
	if msec < 0 {
		timeout = nil
	}
	n, _, e := unix.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(timeout), 0, 0, 0)
	return int(n), e
}

func epollWait(epfd int, evs []EpollEvent, msec int) (int, syscall.Errno) {
	n, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT, arg(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(evs))), uintptr(len(evs)), arg(msec), 0, 0)
	return int(n), e
}
