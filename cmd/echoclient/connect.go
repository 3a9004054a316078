//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// longestWait is the longest time that the structures of all kernels can hold.
const longestWait = (1<<31 - 1) * time.Second

var errTimeout = errors.New("timed out")

// resolve returns the server's addresses, in the order to try them.
func resolve(ctx context.Context, o *options) ([]sock.Sockaddr, error) {
	timed, cancel := o.limited(ctx)
	defer cancel()
	addrs, err := o.server.ResolvePeer(timed)
	if err != nil {
		return nil, err
	}
	addrs = slices.DeleteFunc(addrs, func(sa sock.Sockaddr) bool { return o.family != 0 && sa.Family() != o.family })
	if len(addrs) == 0 {
		asks := map[int]string{sock.AF_INET: "-4", sock.AF_INET6: "-6"}[o.family]
		if !o.source.IsZero() {
			asks = "-source"
		}
		return nil, fmt.Errorf("%s has no address of the family that %s asks for", o.addr, asks)
	}
	o.capture(addrs)
	return addrs, nil
}

// limited returns a context that ends after -connect-timeout.
func (o *options) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.connectTimeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, o.connectTimeout)
}

// connectTo connects to an address.
func connectTo(ctx context.Context, o *options, sa sock.Sockaddr) (*conversation, error) {
	c := &conversation{options: o, sa: sa, remote: o.server.URL(sa), clock: sinceStart}
	fd, call, err := newSocket(o, sa, 0)
	if err != nil {
		return nil, c.failed(call, err)
	}
	c.fd = fd
	c.release = func() {}
	if call, err := c.open(ctx, sa); err != nil {
		c.close()
		return nil, c.failed(call, err)
	}
	return c, nil
}

// newSocket makes a socket for connecting to an address, and binds it if it needs a local address. An error names its
// call.
func newSocket(o *options, sa sock.Sockaddr, flags int) (fd int, call string, err error) {
	fd, err = sock.Socket(sa.Family(), o.server.Type|flags, o.server.Protocol)
	if err != nil {
		return -1, "socket", err
	}
	if sa.Family() == sock.AF_UNIX {
		if err := o.lacks.tolerate("SO_PASSRIGHTS", refuseRights(fd)); err != nil {
			sock.Close(fd)
			return -1, "setsockopt", err
		}
	}
	if err := bindSource(o, fd, sa); err != nil {
		sock.Close(fd)
		return -1, "bind", err
	}
	return fd, "", nil
}

// bindSource binds a socket to the local address that the options or its family require.
func bindSource(o *options, fd int, sa sock.Sockaddr) error {
	switch {
	case o.source.Path() != "":
		return nil // conversation.bindPath does it
	case !o.source.IsZero():
		if err := o.lacks.tolerate("IP_BIND_ADDRESS_NO_PORT", prepareSource(fd, o.source)); err != nil {
			return err
		}
		return sock.Bind(fd, o.source)
	case o.server.Datagram() && sa.Family() == sock.AF_UNIX:
		return bindAbstract(fd)
	}
	return nil
}

// open connects the socket, and names the call that failed.
func (c *conversation) open(ctx context.Context, sa sock.Sockaddr) (call string, err error) {
	if err := c.bindPath(sa); err != nil {
		return "bind", err
	}
	if c.own.file != nil {
		c.release = guard(c.own.file.Remove)
	}
	ctx, cancel := c.options.limited(ctx)
	defer cancel()
	err = sock.ConnectContext(ctx, c.fd, sa)
	other := new(os.SyscallError)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "connect", errTimeout
	case errors.As(err, &other):
		return other.Syscall, other.Err
	case err != nil:
		return "connect", err
	}
	local, err := sock.Getsockname(c.fd)
	if err := c.options.lacks.tolerate("getsockname", err); err != nil {
		return "getsockname", err
	}
	if err == nil && isOwnPeer(c.fd, local, sa) {
		return "connect", sock.ErrSelfConnect
	}
	c.local = c.options.server.URL(local)
	return c.prepare()
}

// isOwnPeer reports whether a socket is connected to itself: no server is bound to the port that it connected to, and the
// kernel picked that very port for the client.
func isOwnPeer(fd int, local, sa sock.Sockaddr) bool {
	if !local.AddrPort().IsValid() || local.AddrPort().Port() != sa.AddrPort().Port() {
		return false
	}
	peer, err := sock.Getpeername(fd)
	return err == nil && peer == local
}

// close closes the socket, and removes the file of its address. It may be called more than once.
func (c *conversation) close() {
	if c.closed {
		return
	}
	sock.Close(c.fd)
	c.closed = true // fd doesn't change: another goroutine may be about to read it
	c.release()
	c.own.remove()
}

// prepare sets the options of a connected socket. An error names its call.
func (c *conversation) prepare() (call string, err error) {
	// Calls return from time to time, so that patiently can check for progress.
	tick := min((c.options.timeout+3)/4, longestWait)
	if err := sock.Setsockopt(c.fd, sock.SO_RCVTIMEO, tick); err != nil {
		return "setsockopt SO_RCVTIMEO", err
	}
	if err := sock.Setsockopt(c.fd, sock.SO_SNDTIMEO, tick); err != nil {
		return "setsockopt SO_SNDTIMEO", err
	}
	return "setsockopt SO_LINGER", c.linger(true)
}

// setReset sets whether the end of this process resets the connection. While it does, a server can't mistake half of the
// input for the whole, however the client ends.
func (c *conversation) setReset(on bool) error {
	if err := c.linger(on); err != nil {
		return c.failed("setsockopt SO_LINGER", err)
	}
	return nil
}

func (c *conversation) linger(on bool) error {
	return c.options.lacks.tolerate("SO_LINGER", sock.Setsockopt(c.fd, sock.SO_LINGER, sock.Linger{Onoff: on, Seconds: 0}))
}

func (c *conversation) failed(call string, err error) error {
	return c.options.failed(call, c.remote, err)
}

// failed makes the error of a call that was about the server, or with bind about -source.
func (o *options) failed(call, server string, err error) error {
	address := server
	if call == "bind" && !o.source.IsZero() {
		address = o.server.URL(o.source)
	}
	return &callerr.CallError{Call: call, Address: address, Err: err}
}
