package sock

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func sendfile(out, in int, offset *int64, count int) (int, syscall.Errno) {
	before := valueOf(offset)
	trace := traced()
	n, _, e := syscall.Syscall6(sysSendfile, arg(out), arg(in), uintptr(unsafe.Pointer(offset)), uintptr(count), 0, 0)
	if trace != nil {
		trace.sendfile(out, in, before, offset, count, int(n), e)
	}
	return int(n), e
}

func splice(in int, inOff *int64, out int, outOff *int64, count, flags int) (int, syscall.Errno) {
	inBefore, outBefore := valueOf(inOff), valueOf(outOff)
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_SPLICE, arg(in), uintptr(unsafe.Pointer(inOff)), arg(out), uintptr(unsafe.Pointer(outOff)), uintptr(count), arg(flags))
	if trace != nil {
		trace.splice(in, inOff != nil, inBefore, out, outOff != nil, outBefore, count, flags, int(n), e)
	}
	return int(n), e
}

func pipe2(flags int) (r, w int, e syscall.Errno) {
	var fds [2]int32
	flags |= unix.O_CLOEXEC
	trace := traced()
	_, _, e = syscall.Syscall(unix.SYS_PIPE2, uintptr(unsafe.Pointer(&fds)), arg(flags), 0)
	if trace != nil {
		trace.pipe2(&fds, flags, e)
	}
	return int(fds[0]), int(fds[1]), e
}

func read(fd int, p []byte) (int, syscall.Errno) {
	trace := traced()
	n, _, e := syscall.Syscall(unix.SYS_READ, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if trace != nil {
		trace.read(fd, p, int(n), e)
	}
	return int(n), e
}

func write(fd int, p []byte) (int, syscall.Errno) {
	trace := traced()
	n, _, e := syscall.Syscall(unix.SYS_WRITE, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if trace != nil {
		trace.write(fd, p, int(n), e)
	}
	return int(n), e
}

// pread uses preadv(2), whose offset is passed as two arguments in the same place on every architecture. If one
// register holds the whole offset, the kernel shifts the second one out.
func pread(fd int, p []byte, offset int64) (int, syscall.Errno) {
	iov := unix.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_PREADV, arg(fd), uintptr(unsafe.Pointer(&iov)), 1, uintptr(offset), uintptr(offset>>32), 0)
	if trace != nil {
		trace.preadv(fd, p, offset, int(n), e)
	}
	return int(n), e
}
