package sock

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's side of each call: numbers and pointers in, an errno out, nothing else. Every pointer is converted in
// the argument list of the call itself, which keeps its object alive and in place.

// arg converts an int to the argument of a system call that is an int in C.
func arg(v int) uintptr { return uintptr(cInt(v)) }

func socket(domain, typ, proto int) (int, syscall.Errno) {
	typ |= unix.SOCK_CLOEXEC
	trace := traced()
	fd, _, e := syscall.Syscall(unix.SYS_SOCKET, arg(domain), arg(typ), arg(proto))
	if trace != nil {
		trace.socket(domain, typ, proto, int(fd), e)
	}
	return int(fd), e
}

func socketpair(domain, typ, proto int) ([2]int, syscall.Errno) {
	var fds [2]int32
	typ |= unix.SOCK_CLOEXEC
	trace := traced()
	_, _, e := syscall.Syscall6(unix.SYS_SOCKETPAIR, arg(domain), arg(typ), arg(proto), uintptr(unsafe.Pointer(&fds)), 0, 0)
	if trace != nil {
		trace.socketpair(domain, typ, proto, &fds, e)
	}
	return [2]int{int(fds[0]), int(fds[1])}, e
}

func bind(fd int, sa *Sockaddr) syscall.Errno {
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_BIND, arg(fd), uintptr(sa.pointer()), uintptr(sa.length))
	if trace != nil {
		trace.bind(fd, sa, e)
	}
	return e
}

func listen(fd, backlog int) syscall.Errno {
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_LISTEN, arg(fd), arg(backlog), 0)
	if trace != nil {
		trace.listen(fd, backlog, e)
	}
	return e
}

// accept4 asks for no address if sa is nil.
func accept4(fd, flags int, sa *Sockaddr) (int, syscall.Errno) {
	name, length := sa.room()
	flags |= unix.SOCK_CLOEXEC
	trace := traced()
	nfd, _, e := syscall.Syscall6(unix.SYS_ACCEPT4, arg(fd), uintptr(name), uintptr(unsafe.Pointer(length)), arg(flags), 0, 0)
	if trace != nil {
		trace.accept4(fd, flags, sa, int(nfd), e)
	}
	if sa == nil {
		return int(nfd), e
	}
	sa.received(e)
	if e == unix.ECONNABORTED && domainOf(fd) == unix.AF_ALG {
		return accept4(fd, flags, nil) // AF_ALG has no addresses, and aborts the accept when asked for one
	}
	return int(nfd), e
}

func connect(fd int, sa *Sockaddr) syscall.Errno {
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_CONNECT, arg(fd), uintptr(sa.pointer()), uintptr(sa.length))
	if trace != nil {
		trace.connect(fd, sa, e)
	}
	return e
}

func getsockname(fd int, sa *Sockaddr) syscall.Errno {
	sa.length = sockaddrSize
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_GETSOCKNAME, arg(fd), uintptr(unsafe.Pointer(&sa.data)), uintptr(unsafe.Pointer(&sa.length)))
	if trace != nil {
		trace.named("getsockname", fd, sa, 0, e)
	}
	sa.received(e)
	return e
}

func getpeername(fd int, sa *Sockaddr) syscall.Errno {
	sa.length = sockaddrSize
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_GETPEERNAME, arg(fd), uintptr(unsafe.Pointer(&sa.data)), uintptr(unsafe.Pointer(&sa.length)))
	if trace != nil {
		trace.named("getpeername", fd, sa, 0, e)
	}
	sa.received(e)
	return e
}

// sendto passes no address if to is nil.
func sendto(fd int, p []byte, flags int, to *Sockaddr, mode callMode) (int, error) {
	var n uintptr
	var e syscall.Errno
	name, length := to.argument()
	raceRelease()
	raceRead(p)
	trace := traced()
	if mode.raw(len(p)) {
		n, _, e = syscall.RawSyscall6(unix.SYS_SENDTO, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), arg(flags), uintptr(name), length)
	} else {
		n, _, e = syscall.Syscall6(unix.SYS_SENDTO, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), arg(flags), uintptr(name), length)
	}
	if trace != nil {
		trace.sendto(fd, p, flags, to, int(n), e)
	}
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// recvfrom asks for no address if from is nil. Otherwise it must be zero before.
func recvfrom(fd int, p []byte, flags int, from *Sockaddr, mode callMode) (int, error) {
	var n uintptr
	var e syscall.Errno
	name, length := from.room()
	trace := traced()
	if mode.raw(len(p)) {
		n, _, e = syscall.RawSyscall6(unix.SYS_RECVFROM, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), arg(flags), uintptr(name), uintptr(unsafe.Pointer(length)))
	} else {
		n, _, e = syscall.Syscall6(unix.SYS_RECVFROM, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), arg(flags), uintptr(name), uintptr(unsafe.Pointer(length)))
	}
	if trace != nil {
		trace.recvfrom(fd, p, flags, from, int(n), e)
	}
	if from != nil {
		from.received(e)
	}
	if e != 0 {
		return 0, e
	}
	raceReceived(p, int(n))
	return int(n), nil
}

func shutdown(fd, how int) syscall.Errno {
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_SHUTDOWN, arg(fd), arg(how), 0)
	if trace != nil {
		trace.shutdown(fd, how, e)
	}
	return e
}

func closefd(fd int) syscall.Errno {
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_CLOSE, arg(fd), 0, 0)
	if trace != nil {
		trace.close(fd, e)
	}
	return e
}

func epollCreate1(flags int) (int, syscall.Errno) {
	flags |= unix.EPOLL_CLOEXEC
	trace := traced()
	epfd, _, e := syscall.Syscall(unix.SYS_EPOLL_CREATE1, arg(flags), 0, 0)
	if trace != nil {
		trace.epollCreate1(flags, int(epfd), e)
	}
	return int(epfd), e
}

func epollCtl(epfd, op, fd int, ev *EpollEvent) syscall.Errno {
	trace := traced()
	_, _, e := syscall.Syscall6(unix.SYS_EPOLL_CTL, arg(epfd), arg(op), arg(fd), uintptr(unsafe.Pointer(ev)), 0, 0)
	if trace != nil {
		trace.epollCtl(epfd, op, fd, ev, e)
	}
	return e
}

func epollWait(epfd int, evs []EpollEvent, msec int) (int, error) {
	trace := traced()
	n, _, e := syscall.Syscall6(sysEpollWait, arg(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(evs))), uintptr(len(evs)), arg(msec), 0, 0)
	if trace != nil {
		trace.epollWait(epollWaitName, epfd, evs, msec, int(n), e)
	}
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return int(n), nil
}

// setMode is one ioctl where fcntl(2) would take two calls.
func setMode(fd int, nonblock int32) syscall.Errno {
	request := uintptr(0x5421) // FIONBIO of <asm-generic/ioctls.h>; MIPS and PowerPC have another number
	switch runtime.GOARCH {
	case "mips", "mipsle", "mips64", "mips64le":
		request = 0x667e
	case "ppc64", "ppc64le":
		request = 0x8004667e
	}
	_, _, e := syscall.Syscall(unix.SYS_IOCTL, arg(fd), request, uintptr(unsafe.Pointer(&nonblock)))
	return e
}

func setInheritable(fd int, on bool) syscall.Errno {
	flags := uintptr(unix.FD_CLOEXEC)
	if on {
		flags = 0
	}
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_FCNTL, arg(fd), unix.F_SETFD, flags)
	if trace != nil {
		trace.setfd(fd, flags, e)
	}
	return e
}

// readFlags reads a descriptor's flags, such as O_NONBLOCK: fcntl(2) F_GETFL.
func readFlags(fd int) (flags int, err error) {
	r, _, e := syscall.Syscall(unix.SYS_FCNTL, arg(fd), unix.F_GETFL, 0)
	if e != 0 {
		return 0, e
	}
	return int(r), nil
}

// argument returns an address and its length for the kernel, NULL and 0 for nil.
func (sa *Sockaddr) argument() (unsafe.Pointer, uintptr) {
	if sa == nil {
		return nil, 0
	}
	return sa.pointer(), uintptr(sa.length)
}

// room returns the pointers at which the kernel stores an address and its length, NULL for nil.
func (sa *Sockaddr) room() (unsafe.Pointer, *uint32) {
	if sa == nil {
		return nil, nil
	}
	sa.length = sockaddrSize
	return unsafe.Pointer(&sa.data), &sa.length
}

// pointer returns the pointer to the address for the kernel, NULL for no address.
func (sa *Sockaddr) pointer() unsafe.Pointer {
	if sa.length == 0 {
		return nil
	}
	return unsafe.Pointer(&sa.data)
}
