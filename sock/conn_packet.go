//go:build unix

package sock

import (
	"net"
	"net/netip"
)

// PacketConn returns a datagram socket as package net has it: a *UDPConn for udp(7), an *IPConn for raw(7), and
// otherwise a value with ReadFrom and WriteTo. Closing either closes both. Recvfrom and Sendto do the same without
// allocation.
//
// The value is a net.Conn too, with the other methods of the Conn, and DialContext returns such a value for
// datagrams. Libraries recognize a datagram socket by the interface net.PacketConn, and take a Conn itself for a
// stream.
func (c *Conn) PacketConn() net.PacketConn {
	c.RemoteAddr() // learns whether the socket is connected
	p := packetConn{c, noLinger{}, c.kind.domain}
	var local Sockaddr
	err := c.Control(func(fd int) (err error) { local, err = Getsockname(fd); return err }) // using a closed socket returns the error
	if p.family = local.Family(); err == nil {
		c.setLocal(local)
	}
	isInet := p.family == AF_INET || p.family == AF_INET6
	switch {
	case isInet && c.kind.typ == SOCK_DGRAM:
		return &UDPConn{p}
	case isInet && c.kind.typ == SOCK_RAW:
		return &IPConn{p}
	}
	return &p
}

// netConn returns a Conn in package net's form: a net.PacketConn if the socket has no connections.
func (c *Conn) netConn() net.Conn {
	if c.hasEnd() {
		return c
	}
	return c.PacketConn().(net.Conn)
}

// packetConn has the methods that all datagram sockets share.
type packetConn struct {
	*Conn
	noLinger
	family int
}

// noLinger hides a Conn's SetLinger, because golang.org/x/net takes a type with this method for a TCP socket.
type noLinger struct{}

// SetLinger is never called.
func (noLinger) SetLinger(int) error { return EOPNOTSUPP }

// RemoteAddr returns the address that the socket is connected to: getpeername(2). As in package net, it is nil
// if the socket is not connected.
func (c *packetConn) RemoteAddr() net.Addr { return known(c.Conn.RemoteAddr()) }

// connected reports whether the socket sends to no address but its peer's, as package net has it. The kernel reports a
// peer for every netlink socket, and yet sends to any address.
func (c *packetConn) connected() bool {
	switch c.family {
	case AF_INET, AF_INET6, AF_UNIX:
		return c.hasPeer.Load()
	}
	return false
}

// ReadFrom receives a datagram: recvfrom(2). addr is nil if the sender has no address.
func (c *packetConn) ReadFrom(p []byte) (n int, addr net.Addr, err error) {
	n, from, err := c.recvfrom(p)
	if !from.IsZero() {
		addr = c.kind.addr(from)
	}
	return n, addr, err
}

// WriteTo sends a datagram to an address: sendto(2). A connected IP or unix socket accepts only a nil address, and
// otherwise returns net.ErrWriteToConnected; in other families the kernel decides. A socket that was connected by other
// means than Connect counts as connected once RemoteAddr has learned of it.
func (c *packetConn) WriteTo(p []byte, addr net.Addr) (n int, err error) {
	to, err := c.sockaddr(addr)
	if err == nil {
		n, err = c.Sendto(p, 0, to)
	}
	return n, c.writeError(addr, err)
}

func (c *packetConn) recvfrom(p []byte) (n int, from Sockaddr, err error) {
	n, from, err = c.Recvfrom(p, 0)
	return n, from, c.opError("read", err)
}

// sockaddr converts an address of package net for Sendto.
func (c *packetConn) sockaddr(addr net.Addr) (Sockaddr, error) {
	if addr == nil {
		return Sockaddr{}, nil
	}
	if c.connected() {
		return Sockaddr{}, net.ErrWriteToConnected
	}
	to, err := SockaddrOf(addr)
	return c.reachable(to), err
}

// writeError makes the error of sending to an address.
func (c *packetConn) writeError(addr net.Addr, err error) error {
	if err == nil {
		return nil
	}
	failed := c.opError("write", err).(*net.OpError)
	if addr != nil {
		failed.Addr = addr
	}
	return failed
}

// reachable converts an IP address as reachableAddrPort does, and returns other addresses unchanged.
func (c *packetConn) reachable(to Sockaddr) Sockaddr {
	ap := to.AddrPort()
	if own := c.reachableAddrPort(ap); own != ap {
		return Inet(own)
	}
	return to
}

// reachableAddrPort converts an IP address to the socket's family, to or from IPv4-mapped: ipv6(7). The wildcard, which
// means the local host in package net, becomes that of the socket's family.
func (c *packetConn) reachableAddrPort(to netip.AddrPort) netip.AddrPort {
	addr := to.Addr()
	switch {
	case c.family == AF_INET6 && addr == netip.IPv4Unspecified():
		addr = netip.IPv6Unspecified()
	case c.family == AF_INET6 && addr.Is4():
		addr = netip.AddrFrom16(addr.As16())
	case c.family == AF_INET && addr.Is4In6():
		addr = addr.Unmap()
	case c.family == AF_INET && addr.Is6() && addr.IsUnspecified():
		addr = netip.IPv4Unspecified()
	default:
		return to
	}
	return netip.AddrPortFrom(addr, to.Port())
}
