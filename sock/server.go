//go:build unix

package sock

import (
	"os"

	"golang.org/x/sys/unix"
)

// ServerOptions is what CreateServer does beside binding: the zero value is a stream server as most want it.
type ServerOptions struct {
	Type      int  // of socket(2), flags included; 0 is SOCK_STREAM
	Protocol  int  // of socket(2)
	Backlog   int  // of listen(2); 0 is SOMAXCONN
	ReusePort bool // SO_REUSEPORT, on AF_INET and AF_INET6: others don't have it
	DualStack bool // whether an AF_INET6 socket serves IPv4 too, under IPv4-mapped addresses

	Control func(fd int) error // called before bind(2), to set options; its error is CreateServer's
}

// typeMask leaves of a socket's type what isn't a flag, on every platform.
const typeMask = 0xf

// CreateServer makes a socket that is bound, and that listens if its type has connections: socket(2), setsockopt(2),
// bind(2), listen(2). fd is -1 on error, and nothing stays open; the error is an *os.SyscallError with the call's name.
// SO_REUSEADDR is set on TCP, so that connections in TIME_WAIT don't hold up a restart; IPV6_V6ONLY is set either way,
// whatever the system's default. The file of an AF_UNIX path is the caller's to remove, before and after.
func CreateServer(sa Sockaddr, o ServerOptions) (fd int, err error) {
	if o.Type&typeMask == 0 {
		o.Type |= unix.SOCK_STREAM
	}
	fd, err = Socket(sa.Family(), o.Type, o.Protocol)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if call, err := serve(fd, sa, o); err != nil {
		Close(fd)
		if call == "" {
			return -1, err
		}
		return -1, os.NewSyscallError(call, err)
	}
	return fd, nil
}

// serve makes a server of a socket, and tells the call that failed, "" if it was the caller's own.
func serve(fd int, sa Sockaddr, o ServerOptions) (call string, err error) {
	typ := o.Type & typeMask
	isInet6 := sa.Family() == unix.AF_INET6
	isInet := isInet6 || sa.Family() == unix.AF_INET
	for _, option := range []struct {
		Option[bool]
		set, value bool
	}{
		{SO_REUSEADDR, isInet && typ == unix.SOCK_STREAM, true},
		{SO_REUSEPORT, isInet && o.ReusePort, true},
		{IPV6_V6ONLY, isInet6, !o.DualStack},
	} {
		if !option.set {
			continue
		}
		if err := Setsockopt(fd, option.Option, option.value); err != nil {
			return "setsockopt", err
		}
	}
	if o.Control != nil {
		if err := o.Control(fd); err != nil {
			return "", err
		}
	}
	if err := Bind(fd, sa); err != nil {
		return "bind", err
	}
	if typ != unix.SOCK_STREAM && typ != unix.SOCK_SEQPACKET {
		return "", nil
	}
	if o.Backlog == 0 {
		o.Backlog = unix.SOMAXCONN
	}
	return "listen", Listen(fd, o.Backlog)
}

// HasDualStackIPv6 tells whether an AF_INET6 socket can serve IPv4 too, as CreateServer's DualStack has it: ipv6(7) IPV6_V6ONLY.
func HasDualStackIPv6() bool {
	fd, err := Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
	if err != nil {
		return false
	}
	defer Close(fd)
	return Setsockopt(fd, IPV6_V6ONLY, false) == nil
}
