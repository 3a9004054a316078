package sock

import (
	"math"
	"syscall"
	"unsafe"

	"example.com/berkeley/internal/strace"

	"golang.org/x/sys/unix"
)

// valueBytes returns a copy of an option's value, or of the beginning of a long one.
func valueBytes(p unsafe.Pointer, n uint32) []byte {
	if p == nil {
		return nil
	}
	return append([]byte{}, unsafe.Slice((*byte)(p), min(n, strace.StringLimit))...)
}

// The calls that the trace itself makes for its lines are not traced.

// askSocket reads an option of SOL_SOCKET that is a C int, -1 on error.
func askSocket(fd, name int) int {
	v, length := int32(-1), uint32(4)
	syscall.Syscall6(unix.SYS_GETSOCKOPT, arg(fd), unix.SOL_SOCKET, arg(name), uintptr(unsafe.Pointer(&v)), uintptr(unsafe.Pointer(&length)), 0)
	return int(v)
}

// askIfname returns the name of an interface, or "" if no interface has the index.
func askIfname(index uint32) string {
	if index == 0 || index > math.MaxInt32 {
		return ""
	}
	fd, _, e := syscall.Syscall(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if e != 0 {
		return ""
	}
	defer syscall.Syscall(unix.SYS_CLOSE, fd, 0, 0)
	r := indexed(index)
	if _, _, e = syscall.Syscall(unix.SYS_IOCTL, fd, unix.SIOCGIFNAME, uintptr(unsafe.Pointer(&r))); e != 0 {
		return ""
	}
	return r.name()
}
