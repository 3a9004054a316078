//go:build unix

package sock

import (
	"cmp"
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// ListenConn is CreateServer for a Conn: socket(2), setsockopt(2), bind(2), listen(2). Listener gives it to package net's
// users, Accept to others. The file of an AF_UNIX path is the caller's to remove, before and after: Close leaves it,
// unlike package net's.
func ListenConn(sa Sockaddr, o ServerOptions) (*Conn, error) {
	o.Type |= sockNonblock
	fd, err := CreateServer(sa, o)
	if err != nil {
		return nil, err
	}
	return wrapNew(fd, sa.Family(), o.Type)
}

// wrapNew makes a Conn of a socket that was made with sockNonblock. NewConn would do, but ask the kernel for what is known
// here or can't be known yet: four system calls and six allocations more.
func wrapNew(fd, domain, typ int) (*Conn, error) {
	if sockNonblock == 0 {
		return NewConn(fd)
	}
	return newConn(fd, connKind{domain, cmp.Or(typ&typeMask, unix.SOCK_STREAM), protocolOf(fd)})
}

// DialOptions is what DialConn does beside connecting: the zero value is a stream client as most want it.
type DialOptions struct {
	Type     int      // of socket(2), flags included; 0 is SOCK_STREAM
	Protocol int      // of socket(2)
	Local    Sockaddr // the address to bind(2) to before; the zero Sockaddr leaves it to the kernel

	Control func(fd int) error // called before bind(2), to set options; its error is DialConn's
}

// DialConn makes a Conn that is connected to an address: socket(2), setsockopt(2), bind(2), connect(2).
// It ends when ctx does, as Connect; nothing stays open on error. Options are as the kernel has them: package net turns
// TCP_NODELAY and SO_KEEPALIVE on, here Control does.
func DialConn(ctx context.Context, sa Sockaddr, o DialOptions) (*Conn, error) {
	if o.Type&typeMask == 0 {
		o.Type |= unix.SOCK_STREAM
	}
	fd, err := Socket(sa.Family(), o.Type|sockNonblock, o.Protocol)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	c, err := wrapNew(fd, sa.Family(), o.Type)
	if err != nil {
		return nil, err
	}
	if err := c.dial(ctx, sa, o); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Conn) dial(ctx context.Context, sa Sockaddr, o DialOptions) error {
	if o.Control != nil {
		if err := c.Control(o.Control); err != nil {
			return err
		}
	}
	if !o.Local.IsZero() {
		if err := c.control("bind", func(fd int) error { return Bind(fd, o.Local) }); err != nil {
			return err
		}
	}
	return c.Connect(ctx, sa)
}
