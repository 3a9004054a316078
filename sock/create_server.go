//go:build unix

package sock

import (
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ServerOptions is what CreateServer sets in addition to the address: bind(2), listen(2). The zero value is a stream
// server as most programs want it.
type ServerOptions struct {
	Type      int  // of socket(2), flags included; 0 is SOCK_STREAM
	Protocol  int  // of socket(2)
	Backlog   int  // of listen(2); 0 is SOMAXCONN
	ReusePort bool // SO_REUSEPORT, only on AF_INET and AF_INET6
	DualStack bool // whether an AF_INET6 socket serves IPv4 too, under IPv4-mapped addresses

	// Only for ListenConn, as in DialOptions: CreateServer ignores them.
	Nagle           bool
	KeepAlive       time.Duration
	KeepAliveConfig net.KeepAliveConfig

	Control func(fd int) error // called before bind(2), to set options; its error is CreateServer's
}

// typeMask removes the flags from a socket's type, on every platform.
const typeMask = 0xf

// CreateServer makes a socket, binds it, and listens if its type has connections: socket(2), setsockopt(2), bind(2),
// listen(2). fd is -1 on error, and nothing stays open. The error is an *os.SyscallError with the name of the call.
//
// SO_REUSEADDR is set on TCP and other transports with connections, so that connections in TIME_WAIT do not prevent a
// restart. IPV6_V6ONLY is set explicitly, whatever the system's default, except on raw sockets. The caller must
// remove the file of an AF_UNIX path, before and after.
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

// serve makes a server of a socket. It returns the name of a call that failed, "" for an error of the caller's Control.
func serve(fd int, sa Sockaddr, o ServerOptions) (call string, err error) {
	typ := o.Type & typeMask
	isInet6 := sa.Family() == unix.AF_INET6
	isInet := isInet6 || sa.Family() == unix.AF_INET
	for _, option := range []struct {
		Option[bool]
		set, value bool
	}{
		{SO_REUSEADDR, isInet && hasConnections(typ), true},
		{SO_REUSEPORT, isInet && o.ReusePort, true},
		{IPV6_V6ONLY, isInet6 && typ != unix.SOCK_RAW, !o.DualStack}, // raw sockets serve only IPv6, and may refuse the option
	} {
		if !option.set {
			continue
		}
		if err := Setsockopt(fd, option.Option, option.value); err != nil && !has(fd, option.Option, option.value) {
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
	if !hasConnections(typ) {
		return "", nil
	}
	if o.Backlog == 0 {
		o.Backlog = unix.SOMAXCONN
	}
	return "listen", Listen(fd, o.Backlog)
}

// has reports whether an option already has a value, so that a sandbox that refuses to set it does no harm.
func has[T comparable](fd int, opt Option[T], v T) bool {
	now, err := Getsockopt(fd, opt)
	return err == nil && now == v
}

// HasDualStackIPv6 reports whether an AF_INET6 socket can serve IPv4 too, as with the option DualStack of
// CreateServer: ipv6(7) IPV6_V6ONLY. It is true if it can't find out for lack of descriptors or memory, so that making
// the server reports that error.
func HasDualStackIPv6() bool {
	fd, err := Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
	switch err {
	case nil:
	case EMFILE, ENFILE, ENOBUFS, ENOMEM:
		return true
	default:
		return false
	}
	defer Close(fd)
	return Setsockopt(fd, IPV6_V6ONLY, false) == nil
}
