package sock

import (
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Timespec and Timeval have 32-bit seconds on 32-bit machines, which is what the calls without _time64 in their names
// take there. The kernel writes the remaining time into its argument, so each call passes a copy.

// sigsetSize is the kernel's sizeof(sigset_t): 64 signals, 128 on MIPS.
func sigsetSize() uintptr {
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		return 16
	}
	return 8
}

// selectfds uses pselect6 on every architecture, because some have no other. It does what the kernel's select does with
// the timeout: it carries microseconds over into seconds, and writes back the remaining time.
func selectfds(nfd int, r, w, e *FdSet, timeout *unix.Timeval) (int, syscall.Errno) {
	if timeout == nil {
		return pselect6(nfd, r, w, e, nil, nil)
	}
	left := unix.Timespec{Sec: timeout.Sec + timeout.Usec/1e6, Nsec: timeout.Usec % 1e6 * 1e3}
	n, errno := pselect6(nfd, r, w, e, &left, nil)
	*timeout = unix.Timeval{Sec: left.Sec, Usec: left.Nsec / 1e3}
	return n, errno
}

func pselect(nfd int, r, w, e *FdSet, timeout *unix.Timespec, mask *unix.Sigset_t) (int, syscall.Errno) {
	if timeout == nil {
		return pselect6(nfd, r, w, e, nil, mask)
	}
	left := *timeout
	return pselect6(nfd, r, w, e, &left, mask)
}

// pselect6 has no register left for the size of the mask, so mask and size are passed through a pointer.
func pselect6(nfd int, r, w, e *FdSet, left *unix.Timespec, mask *unix.Sigset_t) (int, syscall.Errno) {
	sized := struct {
		mask *unix.Sigset_t
		size uintptr
	}{mask, sigsetSize()}
	trace := traced()
	if trace != nil {
		trace.selecting(nfd, r, w, e, left, mask)
	}
	n, _, errno := syscall.Syscall6(unix.SYS_PSELECT6, arg(nfd), uintptr(unsafe.Pointer(r)), uintptr(unsafe.Pointer(w)), uintptr(unsafe.Pointer(e)), uintptr(unsafe.Pointer(left)), uintptr(unsafe.Pointer(&sized)))
	if trace != nil {
		trace.selected(nfd, r, w, e, left, int(n), errno)
	}
	return int(n), errno
}

func ppoll(fds []Pollfd, timeout *unix.Timespec, mask *unix.Sigset_t) (int, syscall.Errno) {
	var left *unix.Timespec
	if timeout != nil {
		limit := *timeout
		left = &limit
	}
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(unsafe.Pointer(left)), uintptr(unsafe.Pointer(mask)), sigsetSize(), 0)
	if trace != nil {
		trace.ppoll(fds, timeout, left, mask, int(n), e)
	}
	return int(n), e
}

// epoll_pwait2 is newer than 64-bit time, so it takes 64-bit times on every architecture.
func epollPwait2(epfd int, evs []EpollEvent, timeout *unix.Timespec, mask *unix.Sigset_t) (int, syscall.Errno) {
	var limit *[2]int64
	if timeout != nil {
		limit = &[2]int64{int64(timeout.Sec), int64(timeout.Nsec)}
	}
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, arg(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(evs))), uintptr(len(evs)), uintptr(unsafe.Pointer(limit)), uintptr(unsafe.Pointer(mask)), sigsetSize())
	if trace != nil {
		trace.epollPwait2(epfd, evs, timeout, pointerAddress(limit), mask, int(n), e)
	}
	return int(n), e
}
