//go:build unix

package sock

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// GetConnOption reads an option of a Conn, of its Listener or PacketConn, or of a connection of package net:
// getsockopt(2). The error is an *os.SyscallError, or net.ErrClosed.
func GetConnOption[T any](c syscall.Conn, opt Option[T]) (v T, err error) {
	err = controlOf(c, "getsockopt", func(fd int) (err error) { v, err = Getsockopt(fd, opt); return err })
	return v, err
}

// SetConnOption sets an option of a Conn, of its Listener or PacketConn, or of a connection of package net: setsockopt(2).
// The error is an *os.SyscallError, or net.ErrClosed.
func SetConnOption[T any](c syscall.Conn, opt Option[T], v T) error {
	return controlOf(c, "setsockopt", func(fd int) error { return Setsockopt(fd, opt, v) })
}

// controlOf makes one call on the descriptor of any connection, with the call's name in errors.
func controlOf(c syscall.Conn, call string, f func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = f(int(fd)) })
	switch {
	case errors.Is(err, net.ErrClosed):
		return net.ErrClosed
	case err != nil:
		return err
	}
	return os.NewSyscallError(call, failed)
}

// setOption is SetConnOption with a *net.OpError.
func setOption[T any](c *Conn, opt Option[T], v T) error {
	return c.opError("set", SetConnOption(c, opt, v))
}

// SetNoDelay sets whether a short write is sent at once, or waits until the data before it is acknowledged: tcp(7)
// TCP_NODELAY. It is on for the TCP sockets that Dial, Listen and other constructors of a Conn make.
func (c *Conn) SetNoDelay(on bool) error { return setOption(c, TCP_NODELAY, on) }

// SetLinger sets what Close does with bytes that are not yet sent: socket(7) SO_LINGER. A negative number leaves them
// to the kernel; 0 discards them and resets the connection; otherwise Close waits for them up to sec seconds.
func (c *Conn) SetLinger(sec int) error {
	return setOption(c, SO_LINGER, Linger{Onoff: sec >= 0, Seconds: max(sec, 0)})
}

// SetKeepAlive sets whether a silent peer is probed: socket(7) SO_KEEPALIVE.
func (c *Conn) SetKeepAlive(on bool) error { return setOption(c, SO_KEEPALIVE, on) }

// SetKeepAlivePeriod sets how long a peer may be silent before the first probe: tcp(7) TCP_KEEPIDLE. As in package
// net, 0 means 15 s, and a negative time leaves the value of the socket.
func (c *Conn) SetKeepAlivePeriod(d time.Duration) error {
	return c.opError("set", c.control("setsockopt", func(fd int) error { return setKeep(fd, keepIdle, d, keepTime) }))
}

// SetKeepAliveConfig sets all keep-alive options of tcp(7). As in package net, zero fields mean 15 s, 15 s and 9
// probes, and negative ones leave the value of the socket.
func (c *Conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	return c.opError("set", c.control("setsockopt", func(fd int) error { return setKeepAlive(fd, config) }))
}

// SetReadBuffer sets how many received bytes the kernel buffers: socket(7) SO_RCVBUF. Linux silently limits the number
// to net.core.rmem_max, and then doubles it; GetConnOption returns the result. SO_RCVBUFFORCE exceeds the limit, with
// privileges.
func (c *Conn) SetReadBuffer(bytes int) error {
	return c.ownError("set", SetConnOption(c, SO_RCVBUF, bytes))
}

// SetWriteBuffer sets how many bytes the kernel buffers before a send waits: socket(7) SO_SNDBUF. Linux silently
// limits the number to net.core.wmem_max, and then doubles it. SO_SNDBUFFORCE exceeds the limit, with privileges.
func (c *Conn) SetWriteBuffer(bytes int) error {
	return c.ownError("set", SetConnOption(c, SO_SNDBUF, bytes))
}

// MultipathTCP reports whether a connection uses Multipath TCP: getsockopt(2) MPTCP_INFO. A socket made for it may
// have fallen back to TCP, because the peer or the network does not support it.
func (c *Conn) MultipathTCP() (is bool, err error) {
	err = c.Control(func(fd int) error { is = isMultipath(fd); return nil })
	return is, c.opError("get", err)
}
