//go:build unix

package sock

import (
	"context"
	"net"
	"os"
	"time"
)

// ListenConn is CreateServer for a Conn: socket(2), setsockopt(2), bind(2), listen(2). Accept takes clients; Listener
// returns a net.Listener. The caller must remove the file of an AF_UNIX path, before and after: Close leaves it.
//
// The TCP sockets that it accepts have TCP_NODELAY and keep-alive, as package net's do. They inherit both from the
// listener, so accepting needs no more calls, except where AcceptInherits is false. The error is a *net.OpError with
// the address and the name of the call, except for an error of Control.
func ListenConn(sa Sockaddr, o ServerOptions) (*Conn, error) {
	kind, control := newKind(sa, o.Type, o.Protocol), o.Control
	defaults := tcpDefaults{o.Nagle, o.KeepAlive, o.KeepAliveConfig}
	o.Type |= sockNonblock
	o.Control = func(fd int) error {
		kind.setDefaults(fd, defaults)
		if control == nil {
			return nil
		}
		return control(fd)
	}
	fd, err := CreateServer(sa, o)
	if err != nil {
		return nil, kind.explain("listen", Sockaddr{}, sa, err)
	}
	c, err := wrapNew(fd, kind)
	if err == nil {
		c.localName() // LocalAddr returns it after Close
		if !acceptInherits() {
			c.bequest = &defaults
		}
	}
	return c, kind.explain("listen", Sockaddr{}, sa, err)
}

// DialOptions is what DialConn sets in addition to the address: connect(2). The zero value is a stream client as most
// programs want it.
type DialOptions struct {
	Type     int      // of socket(2), flags included; 0 is SOCK_STREAM
	Protocol int      // of socket(2)
	Local    Sockaddr // for bind(2); the zero Sockaddr leaves the choice to the kernel

	Nagle           bool                // leaves TCP_NODELAY off, which is otherwise on
	KeepAlive       time.Duration       // time before a silent TCP peer is probed: 0 is 15 s, negative is never
	KeepAliveConfig net.KeepAliveConfig // if enabled, replaces KeepAlive

	Control func(fd int) error // called before bind(2), to set options; its error is DialConn's
}

// DialConn makes a Conn that is connected to an address: socket(2), setsockopt(2), bind(2), connect(2). It ends when
// ctx does, as Connect does; nothing stays open on error. A TCP socket has TCP_NODELAY and keep-alive, as package net's
// do. The error is a *net.OpError with the address and the name of the call, except for an error of Control.
func DialConn(ctx context.Context, sa Sockaddr, o DialOptions) (*Conn, error) {
	kind := newKind(sa, o.Type, o.Protocol)
	c, err := o.open(sa)
	if err != nil {
		return nil, kind.explain("dial", o.Local, sa, err)
	}
	if err := c.dial(ctx, sa); err != nil {
		c.Close()
		return nil, kind.explain("dial", o.Local, sa, err)
	}
	return c, nil
}

// open makes a Conn that can connect to an address.
func (o DialOptions) open(sa Sockaddr) (*Conn, error) {
	kind := newKind(sa, o.Type, o.Protocol)
	fd, err := Socket(sa.Family(), kind.typ|o.Type|sockNonblock, o.Protocol)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := o.prepare(fd, kind); err != nil {
		Close(fd)
		return nil, err
	}
	return wrapNew(fd, kind)
}

// prepare sets options, and binds the socket to Local if that is set.
func (o DialOptions) prepare(fd int, kind connKind) error {
	kind.setDefaults(fd, tcpDefaults{o.Nagle, o.KeepAlive, o.KeepAliveConfig})
	if o.Control != nil {
		if err := o.Control(fd); err != nil {
			return err
		}
	}
	if o.Local.IsZero() {
		return nil
	}
	return os.NewSyscallError("bind", Bind(fd, o.Local))
}

// dial is Connect with the call's name in every error, including those of ctx.
func (c *Conn) dial(ctx context.Context, sa Sockaddr) error {
	err := c.Connect(ctx, sa)
	if _, named := err.(*os.SyscallError); named {
		return err
	}
	return os.NewSyscallError("connect", err)
}

// wrapNew makes a Conn of a socket that was made with sockNonblock. NewConn would ask the kernel for facts that
// are known here or not yet known.
func wrapNew(fd int, kind connKind) (*Conn, error) {
	if sockNonblock == 0 {
		if err := SetNonblock(fd, true); err != nil {
			Close(fd)
			return nil, os.NewSyscallError("ioctl", err)
		}
	}
	return newConn(fd, kind)
}
