//go:build unix

package sock

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a socket of any family under Go's scheduler: socket(7). A call that must wait parks its goroutine, no thread.
// It owns its descriptor, and is closed by Close, or when nothing refers to it any more. All methods may be called at
// once, by any goroutine: calls that receive take turns, and so do calls that send.
// The calls that wait end with os.ErrDeadlineExceeded at their deadline, and with net.ErrClosed after Close; other errors
// are *os.SyscallError with the call's name. It is a net.Conn; for those methods the errors are within a *net.OpError.
type Conn struct {
	file   *os.File
	raw    syscall.RawConn
	kind   connKind
	closed atomic.Bool
	reader direction
	writer direction

	names         sync.Mutex
	local, remote net.Addr // as the kernel last told them
}

// connKind is what tells sockets apart: the arguments of socket(2). The domain and the protocol are 0 where the kernel
// doesn't tell.
type connKind struct{ domain, typ, protocol int }

// NewConn puts a socket under the runtime's poller: socket(7). The socket becomes non-blocking, for all who share it.
// The fd belongs to NewConn from the call on: use it no more, Close or Detach the Conn. On error fd is closed.
func NewConn(fd int) (*Conn, error) {
	typ, err := Getsockopt(fd, SO_TYPE)
	if err != nil {
		Close(fd)
		return nil, os.NewSyscallError("getsockopt", err)
	}
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

// DupConn makes a Conn of a duplicate of another's descriptor, a *net.TCPConn's for example: dup(2).
// Both go on, on one socket; the original stays its owner's to close, and non-blocking.
func DupConn(from syscall.Conn) (*Conn, error) {
	raw, err := from.SyscallConn()
	if err != nil {
		return nil, err
	}
	var dup int
	var dupErr error
	if err := raw.Control(func(fd uintptr) { dup, dupErr = Dup(int(fd)) }); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, os.NewSyscallError("dup", dupErr)
	}
	return NewConn(dup)
}

// newConn makes a Conn of a socket that is already non-blocking.
func newConn(fd int, kind connKind) (*Conn, error) {
	file := os.NewFile(uintptr(fd), "socket")
	// The runtime doesn't tell that its poller refused a descriptor, but such a file has no deadlines.
	if err := file.SetDeadline(time.Time{}); err != nil {
		file.Close()
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	c := &Conn{file: file, raw: raw, kind: kind}
	c.reader.step, c.reader.quick = c.reader.run, kind.isQuick()
	c.writer.step, c.writer.quick = c.writer.run, kind.isQuick()
	return c, nil
}

// Close closes the socket: close(2). Calls that wait on it return net.ErrClosed, and once they have, the descriptor is
// given up; Close waits for that. Again, it does nothing. Don't call it from within Control.
func (c *Conn) Close() error {
	c.closed.Store(true)
	err := c.file.Close()
	if err == nil || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return c.opError("close", os.NewSyscallError("close", errnoWithin(err)))
}

// Detach gives the socket back as a descriptor, which is the caller's to close, and closes the Conn: dup(2). The fd is
// non-blocking, its number new, -1 on error. The connection goes on.
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

// File gives a duplicate of the socket as a file, for net.FileConn, net.FileListener or os/exec: dup(2).
// Closing one doesn't close the other.
func (c *Conn) File() (*os.File, error) {
	fd, err := c.dup()
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "socket"), nil
}

func (c *Conn) dup() (dup int, err error) {
	dup = -1
	err = c.control("dup", func(fd int) (err error) { dup, err = Dup(fd); return err })
	return dup, err
}

// Control calls f with the descriptor, to set options for example: setsockopt(2). The fd is f's for the time of the call
// only, is non-blocking, and must stay so. The error is f's, or net.ErrClosed.
func (c *Conn) Control(f func(fd int) error) error {
	var failed error
	if err := c.raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return c.ended(err)
	}
	return failed
}

// control is Control for one call of a name.
func (c *Conn) control(call string, f func(fd int) error) error {
	err := c.Control(f)
	if errno, ok := err.(Errno); ok {
		return os.NewSyscallError(call, errno)
	}
	return err
}

// SyscallConn gives the socket as what other packages wait on and control: syscall.RawConn. It is like socket(7)'s own
// descriptor, so what they do there is for them to get right.
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return rawConn{c}, nil }

// rawConn is a Conn's RawConn with a Conn's errors.
type rawConn struct{ c *Conn }

func (r rawConn) Control(f func(fd uintptr)) error    { return r.c.ended(r.c.raw.Control(f)) }
func (r rawConn) Read(f func(fd uintptr) bool) error  { return r.c.awaitRead(f) }
func (r rawConn) Write(f func(fd uintptr) bool) error { return r.c.awaitWrite(f) }

// SetDeadline sets both deadlines: poll(2)'s timeout, as a moment. Calls that wait end at it, those that began before too.
// The zero time is none.
func (c *Conn) SetDeadline(t time.Time) error { return c.ended(c.file.SetDeadline(t)) }

// SetReadDeadline sets the deadline of calls that receive or accept, as SO_RCVTIMEO of socket(7) does for blocking ones.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.ended(c.file.SetReadDeadline(t)) }

// SetWriteDeadline sets the deadline of calls that send or connect, as SO_SNDTIMEO of socket(7) does for blocking ones.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.ended(c.file.SetWriteDeadline(t)) }

// ended makes the public error of what the runtime's poller says: it has no exported one for a closed file.
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

// isQuick tells whether a transfer with MSG_DONTWAIT never takes long there: TrySend has the rule.
func (k connKind) isQuick() bool {
	if k.domain != unix.AF_INET && k.domain != unix.AF_INET6 {
		return false
	}
	return k.typ == unix.SOCK_STREAM && k.protocol == unix.IPPROTO_TCP || k.typ == unix.SOCK_DGRAM && k.protocol == unix.IPPROTO_UDP
}

// isStream tells whether bytes have no boundaries there, so that a send may be continued.
func (c *Conn) isStream() bool { return c.kind.typ == unix.SOCK_STREAM }

// hasEnd tells whether a receive of 0 bytes is the end: of a stream, or a connection with records.
func (c *Conn) hasEnd() bool { return c.isStream() || c.kind.typ == unix.SOCK_SEQPACKET }

// errnoWithin is the Errno that a PathError or its like wraps.
func errnoWithin(err error) error {
	if errno := Errno(0); errors.As(err, &errno) {
		return errno
	}
	return err
}
