//go:build unix && !linux

package sock

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The BSDs and macOS, over the calls that golang.org/x/sys/unix exports: one call there may be two system calls,
// and addresses are allocated.

// withoutFork makes descriptors while no other goroutine forks, so that close-on-exec is on before a child can inherit them.
func withoutFork(open func() error) syscall.Errno {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return errnoOf(open())
}

func socket(domain, typ, proto int) (fd int, e syscall.Errno) {
	e = withoutFork(func() (err error) {
		if fd, err = unix.Socket(domain, typ, proto); err == nil {
			unix.CloseOnExec(fd)
		}
		return err
	})
	if tracing() {
		traceSocket(domain, typ, proto, fd, e)
	}
	return fd, e
}

func socketpair(domain, typ, proto int) (fds [2]int, e syscall.Errno) {
	e = withoutFork(func() (err error) {
		if fds, err = unix.Socketpair(domain, typ, proto); err == nil {
			unix.CloseOnExec(fds[0])
			unix.CloseOnExec(fds[1])
		}
		return err
	})
	if tracing() {
		traceSocketpair(domain, typ, proto, &[2]int32{int32(fds[0]), int32(fds[1])}, e)
	}
	return fds, e
}

func bind(fd int, sa *Sockaddr) syscall.Errno {
	to, e := sa.export()
	if e != 0 {
		return e
	}
	e = errnoOf(unix.Bind(fd, to))
	if tracing() {
		traceBind(fd, sa, e)
	}
	return e
}

func listen(fd, backlog int) syscall.Errno {
	e := errnoOf(unix.Listen(fd, backlog))
	if tracing() {
		traceListen(fd, backlog, e)
	}
	return e
}

// accept4 sets the new socket's blocking mode itself, since on these systems it inherits the listener's.
func accept4(fd, flags int, sa *Sockaddr) (nfd int, e syscall.Errno) {
	var from unix.Sockaddr
	e = withoutFork(func() (err error) {
		if nfd, from, err = unix.Accept(fd); err == nil {
			unix.CloseOnExec(nfd)
		}
		return err
	})
	sa.adopt(from)
	if tracing() {
		traceName("accept", fd, sa, nfd, e)
	}
	if e != 0 {
		return -1, e
	}
	if e = setNonblock(nfd, flags&sockNonblock != 0); e != 0 {
		unix.Close(nfd)
		return -1, e
	}
	return nfd, 0
}

func connect(fd int, sa *Sockaddr) syscall.Errno {
	to, e := sa.export()
	if e != 0 {
		return e
	}
	e = errnoOf(unix.Connect(fd, to))
	if tracing() {
		traceConnect(fd, sa, e)
	}
	return e
}

func getsockname(fd int, sa *Sockaddr) syscall.Errno {
	from, err := unix.Getsockname(fd)
	sa.adopt(from)
	if tracing() {
		traceName("getsockname", fd, sa, 0, errnoOf(err))
	}
	return errnoOf(err)
}

func getpeername(fd int, sa *Sockaddr) syscall.Errno {
	from, err := unix.Getpeername(fd)
	sa.adopt(from)
	if tracing() {
		traceName("getpeername", fd, sa, 0, errnoOf(err))
	}
	return errnoOf(err)
}

// sendto has no address where to is nil. The scheduler is told of every call here.
func sendto(fd int, p []byte, flags int, to *Sockaddr, _ callMode) (int, syscall.Errno) {
	var sa unix.Sockaddr
	if to != nil && !to.IsZero() {
		var e syscall.Errno
		if sa, e = to.export(); e != 0 {
			return 0, e
		}
	}
	n, err := unix.SendmsgN(fd, p, nil, sa, flags)
	if tracing() {
		traceSendto(fd, p, flags, to, n, errnoOf(err))
	}
	return n, errnoOf(err)
}

// recvfrom asks for no address where from is nil.
func recvfrom(fd int, p []byte, flags int, from *Sockaddr, _ callMode) (int, syscall.Errno) {
	n, sa, err := unix.Recvfrom(fd, p, flags)
	if from != nil {
		from.adopt(sa)
	}
	if tracing() {
		traceRecvfrom(fd, p, flags, from, n, errnoOf(err))
	}
	return n, errnoOf(err)
}

func shutdown(fd, how int) syscall.Errno {
	e := errnoOf(unix.Shutdown(fd, how))
	if tracing() {
		traceShutdown(fd, how, e)
	}
	return e
}

func closefd(fd int) syscall.Errno {
	e := errnoOf(unix.Close(fd))
	if tracing() {
		traceClose(fd, e)
	}
	return e
}

func setNonblock(fd int, on bool) syscall.Errno {
	e := errnoOf(unix.SetNonblock(fd, on))
	if tracing() {
		traceFionbio(fd, int32(boolInt(on)), e)
	}
	return e
}

func setInheritable(fd int, on bool) syscall.Errno {
	flags := (1 - boolInt(on)) * unix.FD_CLOEXEC
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags)
	if tracing() {
		traceSetfd(fd, uintptr(flags), errnoOf(err))
	}
	return errnoOf(err)
}

func poll(fds []Pollfd, msec int) (int, syscall.Errno) {
	n, err := unix.Poll(fds, msec)
	if tracing() {
		tracePoll(fds, msec, n, errnoOf(err))
	}
	return n, errnoOf(err)
}

func selectfds(nfd int, r, w, e *FdSet, timeout *unix.Timeval) (int, syscall.Errno) {
	n, err := unix.Select(nfd, r, w, e, timeout)
	if tracing() {
		traceSelect(nfd, n, errnoOf(err))
	}
	return n, errnoOf(err)
}

func getsockoptInt(fd, level, name int) (int32, syscall.Errno) {
	v, err := unix.GetsockoptInt(fd, level, name)
	if tracing() {
		traceOption("getsockopt", fd, level, name, fmt.Sprintf("[%d], [4]", v), errnoOf(err))
	}
	return int32(v), errnoOf(err)
}

func setsockoptInt(fd, level, name int, v int32) syscall.Errno {
	e := errnoOf(unix.SetsockoptInt(fd, level, name, int(v)))
	if tracing() {
		traceOption("setsockopt", fd, level, name, fmt.Sprintf("[%d], 4", v), e)
	}
	return e
}

func getTimeval(fd, level, name int) (time.Duration, error) {
	tv, err := unix.GetsockoptTimeval(fd, level, name)
	if tracing() {
		traceOption("getsockopt", fd, level, name, timevalText(tv), errnoOf(err))
	}
	if err != nil {
		return 0, err
	}
	return time.Duration(tv.Nano()), nil
}

func setTimeval(fd, level, name int, v time.Duration) error {
	if v < 0 {
		return EDOM
	}
	tv := unix.NsecToTimeval(int64(v))
	err := unix.SetsockoptTimeval(fd, level, name, &tv)
	if tracing() {
		traceOption("setsockopt", fd, level, name, timevalText(&tv), errnoOf(err))
	}
	return err
}

func getLinger(fd, level, name int) (Linger, error) {
	l, err := unix.GetsockoptLinger(fd, level, name)
	if tracing() {
		traceOption("getsockopt", fd, level, name, lingerText(l), errnoOf(err))
	}
	if err != nil {
		return Linger{}, err
	}
	return Linger{l.Onoff != 0, int(l.Linger)}, nil
}

func setLinger(fd, level, name int, v Linger) error {
	l := &unix.Linger{Onoff: int32(boolInt(v.Onoff)), Linger: int32(v.Seconds)}
	err := unix.SetsockoptLinger(fd, level, name, l)
	if tracing() {
		traceOption("setsockopt", fd, level, name, lingerText(l), errnoOf(err))
	}
	return err
}

// export makes x/sys's address of ours; it has no others.
func (sa *Sockaddr) export() (unix.Sockaddr, syscall.Errno) {
	ap := sa.AddrPort()
	switch sa.Family() {
	case unix.AF_INET:
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}, 0
	case unix.AF_INET6:
		scope, _ := scopeID(ap.Addr().Zone())
		return &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16(), ZoneId: scope}, 0
	case unix.AF_UNIX:
		return &unix.SockaddrUnix{Name: sa.Path()}, 0
	}
	return nil, EAFNOSUPPORT
}

// adopt takes over an address of x/sys's.
func (sa *Sockaddr) adopt(from unix.Sockaddr) {
	*sa = Sockaddr{}
	switch from := from.(type) {
	case *unix.SockaddrInet4:
		*sa = inet4(from.Addr, uint16(from.Port))
	case *unix.SockaddrInet6:
		*sa = inet6(from.Addr, uint16(from.Port), 0, from.ZoneId)
	case *unix.SockaddrUnix:
		if *sa = Unnamed(); from.Name != "" {
			*sa, _ = Unix(from.Name)
		}
	}
}
