//go:build unix

package sock

import "syscall"

// Socket makes an endpoint for communication: socket(2). The new fd is -1 on error.
// Close-on-exec is always set; SetInheritable takes it off.
// EMFILE and ENFILE mean that descriptors ran out, EAFNOSUPPORT that this kernel lacks the family.
func Socket(domain, typ, proto int) (fd int, err error) {
	fd, e := socket(domain, typ, proto)
	if e != 0 {
		return -1, e
	}
	return fd, nil
}

// Socketpair makes two sockets that are connected to each other: socketpair(2). Both are -1 on error.
// Close-on-exec is always set; SetInheritable takes it off.
func Socketpair(domain, typ, proto int) (fds [2]int, err error) {
	fds, e := socketpair(domain, typ, proto)
	if e != 0 {
		return [2]int{-1, -1}, e
	}
	return fds, nil
}

// Bind gives a socket its local address: bind(2).
// EADDRINUSE is the error to expect, and EADDRNOTAVAIL for an address that isn't this machine's.
// A path of AF_UNIX leaves a file behind, which the caller removes.
func Bind(fd int, sa Sockaddr) error {
	return result(bind(fd, &sa))
}

// Listen lets a socket accept connections: listen(2).
// The backlog is how many clients may wait to be accepted; Linux has room for one more. It cuts the backlog at
// net.core.somaxconn without a word, which a negative one stands for.
func Listen(fd, backlog int) error {
	return result(listen(fd, backlog))
}

// Accept takes the next client off a listening socket's queue: accept(2), made as accept4(2) where there is one.
// nfd is a new socket, -1 on error, and the caller's to close; it blocks, whatever the listener does. sa is the client's address.
// Close-on-exec is always set. EAGAIN means that a non-blocking listener has no client waiting. ECONNABORTED and the network
// errors of accept(2) concern one client, and EMFILE, ENFILE, ENOBUFS and ENOMEM pass: neither should end a server. AF_ALG,
// which has no addresses, answers ECONNABORTED when asked for one, and is called once more without.
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

// Connect connects a socket to an address: connect(2). On a datagram socket it sets the peer, and Unspec dissolves it.
// EINPROGRESS on a non-blocking socket and EINTR on any mean that the attempt goes on: wait for POLLOUT with Poll, then
// ask SocketError; don't call Connect again. EAGAIN on AF_UNIX is a full backlog, with nothing in progress.
func Connect(fd int, sa Sockaddr) error {
	raceRelease()
	return result(connect(fd, &sa))
}

// Getsockname gives the address that a socket is bound to: getsockname(2).
// It tells which port or path the kernel picked when the caller left it open.
func Getsockname(fd int) (sa Sockaddr, err error) {
	e := getsockname(fd, &sa)
	return sa, result(e)
}

// Getpeername gives the address that a socket is connected to: getpeername(2). ENOTCONN means that it isn't.
func Getpeername(fd int) (sa Sockaddr, err error) {
	e := getpeername(fd, &sa)
	return sa, result(e)
}

// Shutdown ends one or both directions of a connection: shutdown(2). how is SHUT_RD, SHUT_WR or SHUT_RDWR.
// After SHUT_WR the peer receives what was sent and then the end of the stream; the fd must still be closed.
// It acts on the connection, whoever else holds it, and wakes calls that block on it, which Close doesn't.
func Shutdown(fd, how int) error {
	raceRelease()
	return result(shutdown(fd, how))
}

// Close gives up a descriptor: close(2). Never call it again for the same fd, not even after an error:
// the fd is gone, and its number may already be somebody else's.
// A close with received data still unread resets the connection. Calls that block on the fd go on blocking.
func Close(fd int) error {
	raceRelease()
	return result(closefd(fd))
}

// SetNonblock sets whether calls on fd fail with EAGAIN where they would block: ioctl(2) FIONBIO.
// It acts on the open file description, so on every duplicate of fd too.
func SetNonblock(fd int, on bool) error {
	return result(setNonblock(fd, on))
}

// SetInheritable sets whether programs that this one starts with exec inherit fd: fcntl(2) F_SETFD, FD_CLOEXEC.
// New descriptors of this package are not inheritable.
func SetInheritable(fd int, on bool) error {
	return result(setInheritable(fd, on))
}

// result makes an error of an errno. Errnos below 256 need no allocation for it.
func result(e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

// cInt is what is an int in C, with its 32 bits. A number that doesn't fit becomes -1, which the kernel refuses: cut, it
// could be another descriptor's.
func cInt(v int) int32 {
	if v != int(int32(v)) {
		return -1
	}
	return int32(v)
}
