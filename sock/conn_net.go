//go:build unix

package sock

import (
	"io"
	"net"
	"net/netip"
)

// Read receives into p: recv(2), as io.Reader has it. The end of a connection is io.EOF, an empty datagram is not.
func (c *Conn) Read(p []byte) (n int, err error) {
	if len(p) == 0 && c.hasEnd() {
		return 0, c.opError("read", c.Control(func(int) error { return nil }))
	}
	n, err = c.Recv(p, 0)
	if err != nil {
		return n, c.opError("read", err)
	}
	if n == 0 && c.hasEnd() {
		return 0, io.EOF
	}
	return n, nil
}

// Write sends all of p: send(2), on a stream as often as it takes. n is less than len(p) only with an error.
func (c *Conn) Write(p []byte) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.p, d.flags, d.n = p, 0, 0
	call := (*direction).send
	if c.isStream() {
		call = (*direction).sendAll
	}
	err = c.transmit("send", call)
	return d.n, c.opError("write", err)
}

// LocalAddr is the address that the socket is bound to: getsockname(2). It is a *net.TCPAddr, *net.UDPAddr, *net.IPAddr or
// *net.UnixAddr, or a Sockaddr where package net has no type. After Close it is what it was when last asked for.
func (c *Conn) LocalAddr() net.Addr { return c.name(&c.local, Getsockname) }

// RemoteAddr is the address that the socket is connected to: getpeername(2). It has the types of LocalAddr. What was once
// told is remembered, also when the connection is lost.
func (c *Conn) RemoteAddr() net.Addr { return c.name(&c.remote, Getpeername) }

// name asks the kernel for an address, and gives what it told before where it has no answer.
func (c *Conn) name(known *net.Addr, ask func(fd int) (Sockaddr, error)) net.Addr {
	c.names.Lock()
	defer c.names.Unlock()
	if known == &c.remote && c.remote != nil {
		return c.remote
	}
	var sa Sockaddr
	err := c.Control(func(fd int) (err error) { sa, err = ask(fd); return err })
	switch {
	case err == nil:
		*known = c.kind.addr(sa)
	case *known == nil:
		return Sockaddr{}
	}
	return *known
}

// learnNames asks for both addresses while there is a connection: of a lost one the kernel doesn't tell the peer's.
func (c *Conn) learnNames() (local, remote Sockaddr) {
	c.Control(func(fd int) error {
		local, _ = Getsockname(fd)
		remote, _ = Getpeername(fd)
		return nil
	})
	c.names.Lock()
	defer c.names.Unlock()
	c.local, c.remote = nil, nil
	if !local.IsZero() {
		c.local = c.kind.addr(local)
	}
	if !remote.IsZero() {
		c.remote = c.kind.addr(remote)
	}
	return local, remote
}

// opError makes an error of package net's kind, with the addresses, of an error of Conn's.
func (c *Conn) opError(op string, err error) error {
	if err == nil {
		return nil
	}
	local, remote := c.LocalAddr(), c.RemoteAddr()
	failed := &net.OpError{Op: op, Net: local.Network(), Err: err}
	if local != (Sockaddr{}) {
		failed.Source = local
	}
	if remote != (Sockaddr{}) {
		failed.Addr = remote
	}
	return failed
}

// Listener gives a listening socket as package net has it, for http.Serve for example: listen(2).
// The two are one: closing either closes both. What it accepts is a *Conn.
func (c *Conn) Listener() net.Listener { return listener{c} }

type listener struct{ *Conn }

func (l listener) Addr() net.Addr { return l.LocalAddr() }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Conn.Accept()
	if err == nil {
		return c, nil
	}
	return nil, &net.OpError{Op: "accept", Net: l.LocalAddr().Network(), Addr: l.LocalAddr(), Err: err}
}

// PacketConn gives a socket as package net has those of datagrams: udp(7).
// The two are one: closing either closes both. Recvfrom and Sendto do the same without allocation.
func (c *Conn) PacketConn() net.PacketConn {
	p := packetConn{c, AF_UNSPEC}
	c.Control(func(fd int) error { // a closed socket says so when it is used
		local, err := Getsockname(fd)
		p.family = local.Family()
		return err
	})
	return p
}

type packetConn struct {
	*Conn
	family int
}

// ReadFrom receives a datagram: recvfrom(2). addr is nil where the sender has no address.
func (c packetConn) ReadFrom(p []byte) (n int, addr net.Addr, err error) {
	n, from, err := c.Recvfrom(p, 0)
	if !from.IsZero() {
		addr = c.kind.addr(from)
	}
	return n, addr, c.opError("read", err)
}

// WriteTo sends a datagram to an address: sendto(2). A nil one is none, for connected sockets.
func (c packetConn) WriteTo(p []byte, addr net.Addr) (n int, err error) {
	var to Sockaddr
	if addr != nil {
		to, err = SockaddrOf(addr)
		to = c.reachable(to)
	}
	if err == nil {
		n, err = c.Sendto(p, 0, to)
	}
	if err == nil {
		return n, nil
	}
	failed := c.opError("write", err).(*net.OpError)
	failed.Addr = addr
	return n, failed
}

// reachable makes an address of AF_INET one of AF_INET6 where the socket is, IPv4-mapped: ipv6(7); and the wildcard, by which
// package net means this machine, the one of the socket's family.
func (c packetConn) reachable(to Sockaddr) Sockaddr {
	ap := to.AddrPort()
	switch isWildcard := ap.Addr().IsUnspecified(); {
	case !ap.IsValid() || to.Family() == c.family:
		return to
	case c.family == AF_INET6 && isWildcard:
		return inet6([16]byte{}, ap.Port(), 0, 0)
	case c.family == AF_INET6:
		return inet6(ap.Addr().As16(), ap.Port(), 0, 0)
	case c.family == AF_INET && isWildcard:
		return Inet(netip.AddrPortFrom(netip.IPv4Unspecified(), ap.Port()))
	}
	return to
}
