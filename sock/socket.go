//go:build unix

package sock

import "syscall"

// Socket makes an endpoint for communication: socket(2). The new fd is -1 on error. Close-on-exec is always set;
// SetInheritable turns it off. EMFILE and ENFILE mean that descriptors ran out, EAFNOSUPPORT that this kernel lacks
// the family.
func Socket(domain, typ, proto int) (fd int, err error) {
	fd, e := socket(domain, typ, proto)
	if e != 0 {
		return -1, e
	}
	return fd, nil
}

// Socketpair makes two sockets that are connected to each other: socketpair(2). Both are -1 on error. Close-on-exec
// is always set; SetInheritable turns it off.
func Socketpair(domain, typ, proto int) (fds [2]int, err error) {
	fds, e := socketpair(domain, typ, proto)
	if e != 0 {
		return [2]int{-1, -1}, e
	}
	return fds, nil
}

// Bind gives a socket its local address: bind(2). Expect EADDRINUSE, and EADDRNOTAVAIL for an address that this
// machine does not have. An AF_UNIX path leaves a file behind, which the caller must remove.
func Bind(fd int, sa Sockaddr) error {
	return result(bind(fd, &sa))
}

// Listen lets a socket accept connections: listen(2). backlog is how many clients may wait to be accepted; Linux
// allows one more. It silently limits backlog to net.core.somaxconn; a negative backlog means that limit.
// EADDRINUSE means that another socket listens at the address, EOPNOTSUPP that a socket of this type has no connections.
func Listen(fd, backlog int) error {
	return result(listen(fd, backlog))
}

// Accept takes the next client from the queue of a listening socket: accept(2), by accept4(2) where that exists. nfd
// is a new blocking socket, whatever the mode of the listener, -1 on error; the caller must close it. sa is the
// address of the client. Close-on-exec is always set; SetInheritable turns it off.
//
// EAGAIN means that no client waits at a non-blocking listener. ECONNABORTED and the network errors of accept(2)
// concern a single client, and EMFILE, ENFILE, ENOBUFS and ENOMEM are temporary: none of them should end a server.
// AF_ALG has no addresses and returns ECONNABORTED when asked for one; Accept then repeats the call without it. To
// tell, it asks for the family of the listener after each ECONNABORTED.
func Accept(fd int) (nfd int, sa Sockaddr, err error) {
	return accept(fd, 0)
}

func accept(fd, flags int) (nfd int, sa Sockaddr, err error) {
	nfd, e := accept4(fd, flags, &sa)
	if e != 0 {
		return -1, sa, e
	}
	raceAcquire()
	return nfd, sa, nil
}

// Connect connects a socket to an address: connect(2). On a datagram socket it sets the peer, and Unspec dissolves the
// association. EINPROGRESS on a non-blocking socket, and EINTR on any, mean that the attempt is in progress: wait for
// POLLOUT with Poll, then call SocketError; do not call Connect again. EAGAIN on AF_UNIX means that the backlog is
// full, with nothing in progress.
func Connect(fd int, sa Sockaddr) error {
	raceRelease()
	return result(connect(fd, &sa))
}

// Getsockname returns the address that a socket is bound to: getsockname(2), with the port or name that the kernel
// picked if the caller left it open.
func Getsockname(fd int) (sa Sockaddr, err error) {
	e := getsockname(fd, &sa)
	return sa, result(e)
}

// Getpeername returns the address that a socket is connected to: getpeername(2). ENOTCONN means that it is not
// connected.
func Getpeername(fd int) (sa Sockaddr, err error) {
	e := getpeername(fd, &sa)
	return sa, result(e)
}

// Shutdown ends one or both directions of a connection: shutdown(2). how is SHUT_RD, SHUT_WR or SHUT_RDWR.
// After SHUT_WR the peer receives what was sent, and then the end of the stream; the fd must still be
// closed. Shutdown acts on the connection, even if there are other descriptors for it, and wakes calls that
// block on it, which Close does not. ENOTCONN means that there is no connection, or no longer.
func Shutdown(fd, how int) error {
	raceRelease()
	return result(shutdown(fd, how))
}

// Close closes a descriptor: close(2). Never call it twice for the same fd, not even after an error: the fd is
// released in any case, and another file may already have its number. Closing a socket with unread data resets the
// connection. Calls that block on the fd continue to block.
func Close(fd int) error {
	raceRelease()
	return result(closefd(fd))
}

// SetNonblock sets whether calls on fd fail with EAGAIN instead of blocking: ioctl(2) FIONBIO. It acts on the open
// file description, and so on every duplicate of fd.
func SetNonblock(fd int, on bool) error {
	mode := int32(boolInt(on))
	trace := traced()
	e := setMode(fd, mode)
	if trace != nil {
		trace.fionbio(fd, mode, e)
	}
	return result(e)
}

// SetInheritable sets whether programs that this one executes inherit fd: fcntl(2) F_SETFD, FD_CLOEXEC. New
// descriptors of this package are not inheritable.
func SetInheritable(fd int, on bool) error {
	return result(setInheritable(fd, on))
}

// result converts an errno to an error. Errnos below 256 need no allocation.
func result(e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

// cInt converts an int to C's, which has 32 bits. A number that doesn't fit becomes -1, which the kernel refuses:
// truncated, it could be another descriptor.
func cInt(v int) int32 {
	if v != int(int32(v)) {
		return -1
	}
	return int32(v)
}

// Dup makes another descriptor for the same socket: dup(2), by fcntl(2) F_DUPFD_CLOEXEC. The new fd is -1 on error.
// Close-on-exec is always set; SetInheritable turns it off. Both share everything else, O_NONBLOCK included, and the
// connection lasts until both are closed.
func Dup(fd int) (nfd int, err error) {
	nfd, e := dup(fd)
	if e != 0 {
		return -1, e
	}
	return nfd, nil
}
