//go:build unix

package sock

import (
	"cmp"
	"errors"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a socket of any family under Go's scheduler: socket(7). NewConn and its like make one; the zero Conn has no
// socket, and no method may be called on it. A call that must wait parks its goroutine and holds no thread. A Conn owns
// its descriptor, which Close closes, or the garbage collector when the Conn is no longer reachable. Any number of
// goroutines may call its methods at the same time: calls that receive take turns, and so do calls that send. A
// receive with MSG_DONTWAIT does not wait for its turn, and neither does such a send, except on a stream.
//
// Calls that wait end with os.ErrDeadlineExceeded at their deadline, and with net.ErrClosed after Close. Other errors
// are *os.SyscallError with the name of the call; those of the net.Conn methods are wrapped in a *net.OpError.
//
// With kernel TLS (TCP_ULP, TLS_TX and TLS_RX) Read and Write carry the plain text, and so do copies in the
// kernel. A record that is not data, such as an alert, makes Read fail with EIO: receive it with Recvmsg and
// space for CMSG_TLS_GET_RECORD_TYPE.
type Conn struct {
	file    *os.File
	raw     syscall.RawConn
	kind    connKind
	bequest *tcpDefaults // of a listener, for what it accepts; nil where that inherits them
	network string       // as given to Dialer or ListenConfig, for errors; "" means the address's
	closed  atomic.Bool
	reader  direction
	writer  direction

	names         sync.Mutex
	local, remote net.Addr    // as the kernel last reported them
	hasPeer       atomic.Bool // whether remote is known; for callers that must not wait for names
}

// sharedModes keeps File from making a socket blocking while NewConn adds another descriptor of it to the poller.
var sharedModes sync.RWMutex

// copySteps is held by the steps of a copy and by connect(2), which would wait on a blocking socket, and by File while
// it makes one blocking. Another Conn, or a connection of package net, may be copying to or from that socket.
var copySteps sync.RWMutex

// someBlock reports whether any socket may be blocking: File has made one so, or DupConn was given one, whose owner may.
var someBlock atomic.Bool

// NewConn puts a socket under the poller of the runtime: socket(7). The socket becomes non-blocking, in
// every process that shares it. NewConn owns fd from the call on: do not use it any more, and Close or Detach the
// Conn. On error fd is closed.
func NewConn(fd int) (*Conn, error) {
	typ, err := Getsockopt(fd, SO_TYPE)
	if err != nil {
		Close(fd)
		return nil, os.NewSyscallError("getsockopt", err)
	}
	sharedModes.RLock()
	defer sharedModes.RUnlock()
	if err := SetNonblock(fd, true); err != nil {
		Close(fd)
		return nil, os.NewSyscallError("ioctl", err)
	}
	c, err := newConn(fd, connKind{domainOf(fd), typ, protocolOf(fd)})
	if err == nil {
		c.learnNames()
	}
	return c, err
}

// DupConn makes a Conn of a duplicate of the descriptor of another connection, such as a *net.TCPConn: dup(2). Both
// use the same socket. The original remains open until its owner closes it, and stays non-blocking.
func DupConn(from syscall.Conn) (*Conn, error) {
	var dup int
	if err := controlOf(from, "dup", func(fd int) (err error) { dup, err = Dup(fd); return err }); err != nil {
		return nil, err
	}
	someBlock.Store(true)
	return NewConn(dup)
}

// newConn makes a Conn of a socket that is already non-blocking.
func newConn(fd int, kind connKind) (*Conn, error) {
	file, err := pollable(fd)
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	c := &Conn{file: file, raw: raw, kind: kind}
	c.reader.step, c.reader.mode, c.reader.trust = c.reader.run, kind.callMode(), math.MaxInt
	c.writer.step, c.writer.mode, c.writer.trust = c.writer.run, kind.callMode(), kind.trust()
	return c, nil
}

// pollable gives a non-blocking socket to the runtime's poller.
func pollable(fd int) (*os.File, error) {
	file := os.NewFile(uintptr(fd), "socket")
	// The runtime doesn't report that its poller refused a descriptor, but such a file has no deadlines.
	err := file.SetDeadline(time.Time{})
	if err == nil {
		return file, nil
	}
	defer file.Close()
	// It adds only a descriptor whose flags it can read.
	if _, refused := readFlags(fd); refused != nil {
		return nil, os.NewSyscallError("fcntl", refused)
	}
	return nil, cmp.Or(pollError(fd), os.NewSyscallError("epoll_ctl", err))
}

// Close closes the socket: close(2). Calls that wait on it return net.ErrClosed; Close waits for them before it
// releases the descriptor. A second Close does nothing. Do not call it from within Control.
func (c *Conn) Close() error {
	c.closed.Store(true)
	raceRelease()
	err := c.file.Close()
	if err == nil || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return c.opError("close", os.NewSyscallError("close", errnoWithin(err)))
}

// Detach returns the socket as a descriptor, which the caller must close, and closes the Conn: dup(2). The descriptor
// is non-blocking and has a new number, -1 on error. The connection stays.
func (c *Conn) Detach() (fd int, err error) {
	if fd, err = c.dup(); err != nil {
		return -1, err
	}
	if err := c.Close(); err != nil {
		Close(fd)
		return -1, err
	}
	return fd, nil
}

// File returns a duplicate of the socket as a file, for os/exec, net.FileConn or net.FileListener: dup(2). Closing
// one does not close the other.
//
// Programs expect a standard input that blocks, and duplicates share that mode. So File makes the socket blocking, unlike
// package net's. The calls of every Conn of this socket continue to work, since they do not rely on the mode, while
// code that uses SyscallConn may block, and so may package net's connection that DupConn was given. net.FileConn,
// DupConn and Connect make the socket non-blocking again. File waits for the step of a copy (ReadFrom, WriteTo), and for
// the connect(2), that any Conn is making, and others wait for File: a hung file system holds them all.
//
// A listening socket stays non-blocking, and so does one without a peer that may yet be made to listen, because accept(2)
// relies on the mode: a program that inherits one must handle EAGAIN, as net.FileListener does.
func (c *Conn) File() (*os.File, error) {
	fd, err := c.dup()
	if err != nil {
		return nil, c.opError("file", err)
	}
	if _, err := Getpeername(fd); err == nil || !hasConnections(c.kind.typ) {
		makeBlocking(fd)
	}
	return os.NewFile(uintptr(fd), "socket"), nil
}

// makeBlocking is SetNonblock(fd, false). The function of SetTrace gets the call after the locks are free again, because it may
// make a Conn of its own.
func makeBlocking(fd int) {
	trace, e := setBlocking(fd)
	if trace != nil {
		trace.fionbio(fd, 0, e)
	}
}

func setBlocking(fd int) (trace *tracedCall, e Errno) {
	copySteps.Lock() // first: a call may take as long as a slow disk, which is not to delay NewConn
	defer copySteps.Unlock()
	sharedModes.Lock()
	defer sharedModes.Unlock()
	someBlock.Store(true)
	trace = traced()
	return trace, setMode(fd, 0)
}

func (c *Conn) dup() (dup int, err error) {
	dup = -1
	err = c.control("dup", func(fd int) (err error) { dup, err = Dup(fd); return err })
	return dup, err
}

// Control calls f with the descriptor, to set options for example: setsockopt(2). f may use it only during the call,
// and must leave it non-blocking. The error is that of f, or net.ErrClosed.
func (c *Conn) Control(f func(fd int) error) error {
	var failed error
	if err := c.raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return c.ended(err)
	}
	return failed
}

// control is Control for a single call, with its name in errors.
func (c *Conn) control(call string, f func(fd int) error) error {
	err := c.Control(f)
	if errno, ok := err.(Errno); ok {
		return os.NewSyscallError(call, errno)
	}
	return err
}

// SyscallConn returns the socket as a syscall.RawConn, by which other packages wait on it and control it: socket(7).
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return rawConn{c}, nil }

// rawConn is a Conn's RawConn with package net's errors.
type rawConn struct{ c *Conn }

func (r rawConn) Control(f func(fd uintptr)) error {
	return r.c.ownError("raw-control", r.c.ended(r.c.raw.Control(f)))
}

func (r rawConn) Read(f func(fd uintptr) bool) error {
	return r.c.opError("raw-read", r.c.awaitRead(f))
}

func (r rawConn) Write(f func(fd uintptr) bool) error {
	return r.c.opError("raw-write", r.c.awaitWrite(f))
}

// SetDeadline sets both deadlines, as points in time: poll(2). Calls that wait end at it, also those that began
// before. The zero time means no deadline.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.ownError("set", c.ended(c.file.SetDeadline(t)))
}

// SetReadDeadline sets the deadline of calls that receive or accept, as SO_RCVTIMEO of socket(7) does for blocking ones.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.ownError("set", c.ended(c.file.SetReadDeadline(t)))
}

// SetWriteDeadline sets the deadline of calls that send or connect, as SO_SNDTIMEO of socket(7) does for blocking ones.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.ownError("set", c.ended(c.file.SetWriteDeadline(t)))
}

// ended converts an error of the runtime's poller to net.ErrClosed or os.ErrDeadlineExceeded. The poller's error for
// a closed file is not exported.
func (c *Conn) ended(err error) error {
	switch {
	case err == nil:
		return nil
	case c.closed.Load():
		return net.ErrClosed
	case errors.Is(err, os.ErrDeadlineExceeded):
		return os.ErrDeadlineExceeded
	}
	return err
}

// isStream reports whether the socket has no message boundaries, so that a partial send can be continued.
func (c *Conn) isStream() bool { return c.kind.typ == unix.SOCK_STREAM }

// hasEnd reports whether receiving 0 bytes means the end of the connection.
func (c *Conn) hasEnd() bool { return hasConnections(c.kind.typ) }

// hasConnections reports whether sockets of a type listen and accept.
func hasConnections(typ int) bool {
	const dccp = 6 // SOCK_DCCP, which only Linux has
	return typ == unix.SOCK_STREAM || typ == unix.SOCK_SEQPACKET || typ == dccp
}

// errnoWithin returns the Errno that a PathError or similar error wraps.
func errnoWithin(err error) error {
	if errno := Errno(0); errors.As(err, &errno) {
		return errno
	}
	return err
}
