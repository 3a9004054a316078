//go:build unix && !linux

package sock

import (
	"syscall"

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
	trace := traced()
	e = withoutFork(func() (err error) {
		if fd, err = unix.Socket(domain, typ, proto); err == nil {
			unix.CloseOnExec(fd)
		}
		return err
	})
	if trace != nil {
		trace.socket(domain, typ, proto, fd, e)
	}
	return fd, e
}

func socketpair(domain, typ, proto int) (fds [2]int, e syscall.Errno) {
	trace := traced()
	e = withoutFork(func() (err error) {
		if fds, err = unix.Socketpair(domain, typ, proto); err == nil {
			unix.CloseOnExec(fds[0])
			unix.CloseOnExec(fds[1])
		}
		return err
	})
	if trace != nil {
		trace.socketpair(domain, typ, proto, &[2]int32{int32(fds[0]), int32(fds[1])}, e)
	}
	return fds, e
}

func bind(fd int, sa *Sockaddr) syscall.Errno {
	to, e := sa.export()
	if e != 0 {
		return e
	}
	trace := traced()
	e = errnoOf(unix.Bind(fd, to))
	if trace != nil {
		trace.bind(fd, sa, e)
	}
	return e
}

func listen(fd, backlog int) syscall.Errno {
	trace := traced()
	e := errnoOf(unix.Listen(fd, backlog))
	if trace != nil {
		trace.listen(fd, backlog, e)
	}
	return e
}

// accept4 sets the new socket's blocking mode itself, since on these systems it inherits the listener's. It may wait for long,
// so other goroutines may fork meanwhile; a child of theirs could inherit the new socket, as with package net.
func accept4(fd, flags int, sa *Sockaddr) (nfd int, e syscall.Errno) {
	trace := traced()
	nfd, from, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(nfd)
	}
	e = errnoOf(err)
	sa.adopt(from)
	if trace != nil {
		trace.named("accept", fd, sa, nfd, e)
	}
	if e != 0 {
		return -1, e
	}
	if e = errnoOf(SetNonblock(nfd, flags&sockNonblock != 0)); e != 0 {
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
	trace := traced()
	e = errnoOf(unix.Connect(fd, to))
	if trace != nil {
		trace.connect(fd, sa, e)
	}
	return e
}

func getsockname(fd int, sa *Sockaddr) syscall.Errno {
	trace := traced()
	from, err := unix.Getsockname(fd)
	sa.adopt(from)
	if trace != nil {
		trace.named("getsockname", fd, sa, 0, errnoOf(err))
	}
	return errnoOf(err)
}

func getpeername(fd int, sa *Sockaddr) syscall.Errno {
	trace := traced()
	from, err := unix.Getpeername(fd)
	sa.adopt(from)
	if trace != nil {
		trace.named("getpeername", fd, sa, 0, errnoOf(err))
	}
	return errnoOf(err)
}

// sendto passes no address if to is nil. On these systems the scheduler is told of every call.
func sendto(fd int, p []byte, flags int, to *Sockaddr, _ callMode) (int, error) {
	var sa unix.Sockaddr
	if to != nil && !to.IsZero() {
		var e syscall.Errno
		if sa, e = to.export(); e != 0 {
			return 0, e
		}
	}
	raceRelease()
	raceRead(p)
	trace := traced()
	n, err := unix.SendmsgN(fd, p, nil, sa, flags)
	if trace != nil {
		trace.sendto(fd, p, flags, to, n, errnoOf(err))
	}
	if err != nil {
		return 0, errnoOf(err)
	}
	return n, nil
}

// recvfrom returns no address if from is nil.
func recvfrom(fd int, p []byte, flags int, from *Sockaddr, _ callMode) (int, error) {
	trace := traced()
	n, sa, err := unix.Recvfrom(fd, p, flags)
	if from != nil {
		from.adopt(sa)
	}
	if trace != nil {
		trace.recvfrom(fd, p, flags, from, n, errnoOf(err))
	}
	if err != nil {
		return 0, errnoOf(err)
	}
	raceReceived(p, n)
	return n, nil
}

func shutdown(fd, how int) syscall.Errno {
	trace := traced()
	e := errnoOf(unix.Shutdown(fd, how))
	if trace != nil {
		trace.shutdown(fd, how, e)
	}
	return e
}

func closefd(fd int) syscall.Errno {
	trace := traced()
	e := errnoOf(unix.Close(fd))
	if trace != nil {
		trace.close(fd, e)
	}
	return e
}

func setMode(fd int, nonblock int32) syscall.Errno {
	return errnoOf(unix.SetNonblock(fd, nonblock != 0))
}

func setInheritable(fd int, on bool) syscall.Errno {
	flags := (1 - boolInt(on)) * unix.FD_CLOEXEC
	trace := traced()
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags)
	if trace != nil {
		trace.setfd(fd, uintptr(flags), errnoOf(err))
	}
	return errnoOf(err)
}

func poll(fds []Pollfd, msec int) (int, syscall.Errno) {
	trace := traced()
	n, err := unix.Poll(fds, msec)
	if trace != nil {
		trace.poll(fds, msec, n, errnoOf(err))
	}
	return n, errnoOf(err)
}

func selectfds(nfd int, r, w, e *FdSet, timeout *unix.Timeval) (int, syscall.Errno) {
	trace := traced()
	n, err := unix.Select(nfd, r, w, e, timeout)
	if trace != nil {
		trace.selectfds(nfd, n, errnoOf(err))
	}
	return n, errnoOf(err)
}

// export converts an address to x/sys's type. It has no other families.
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

// adopt converts an address of x/sys.
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

// readFlags reads a descriptor's flags, such as O_NONBLOCK: fcntl(2) F_GETFL.
func readFlags(fd int) (flags int, err error) { return unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0) }
