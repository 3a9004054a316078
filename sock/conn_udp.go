//go:build unix

package sock

import (
	"net"
	"net/netip"
	"os"
)

// UDPConn is a Conn of udp(7) as a net.Conn and net.PacketConn, with the methods of *net.UDPConn that libraries look
// for. The methods for messages, such as ReadMsgUDP and WriteMsgUDP, exist only on Linux.
//
// The PacketConns of golang.org/x/net/ipv4 and ipv6 work on it, except their ReadFrom, which accepts only package
// net's own types: use ReadBatch.
type UDPConn struct{ packetConn }

// ReadFromUDP is ReadFrom with an address of type *net.UDPAddr: recvfrom(2).
func (c *UDPConn) ReadFromUDP(p []byte) (n int, addr *net.UDPAddr, err error) {
	n, from, err := c.recvfrom(p)
	return n, udpAddr(from), err
}

// ReadFromUDPAddrPort is ReadFrom without allocation: recvfrom(2). On an AF_INET6 socket, IPv4 addresses are IPv4-mapped.
// For an address with a zone it asks for the name of the interface, with an ioctl(2) on a socket of its own, and
// allocates; Recvfrom does not.
func (c *UDPConn) ReadFromUDPAddrPort(p []byte) (n int, addr netip.AddrPort, err error) {
	c.reader.Lock()
	defer c.reader.release()
	if n, err = c.receiveFrom(&c.reader, p, 0); err != nil {
		return n, netip.AddrPort{}, c.opError("read", err)
	}
	return n, c.reader.sa.namedAddrPort(), nil
}

// WriteToUDP is WriteTo with an address of type *net.UDPAddr: sendto(2).
func (c *UDPConn) WriteToUDP(p []byte, addr *net.UDPAddr) (n int, err error) {
	if addr == nil {
		return c.WriteTo(p, nil)
	}
	return c.WriteTo(p, addr)
}

// WriteToUDPAddrPort is WriteTo without allocation: sendto(2). It looks up the name of a zone, as ReadFromUDPAddrPort does.
func (c *UDPConn) WriteToUDPAddrPort(p []byte, addr netip.AddrPort) (n int, err error) {
	c.writer.Lock()
	defer c.writer.release()
	switch {
	case c.connected():
		return 0, c.addrPortError(addr, net.ErrWriteToConnected)
	case !c.writer.sa.setInet(c.reachableAddrPort(addr), 0):
		return 0, c.addrPortError(addr, noAddress(addr))
	}
	if n, err = c.sendTo(&c.writer, p, 0); err != nil {
		return n, c.addrPortError(addr, err)
	}
	return n, nil
}

// addrPortError makes the error of sending to an address.
func (c *UDPConn) addrPortError(addr netip.AddrPort, err error) error {
	if !addr.IsValid() {
		return c.writeError(nil, err)
	}
	return c.writeError(net.UDPAddrFromAddrPort(addr), err)
}

// noAddress returns the error of a missing address, or of one whose zone is unknown or can't be looked up.
func noAddress(addr netip.AddrPort) error {
	if zone := addr.Addr().Zone(); zone != "" {
		if _, err := IfNametoindex(zone); err != nil && err != ENODEV {
			return os.NewSyscallError("if_nametoindex", err)
		}
	}
	return &net.AddrError{Err: "no socket address", Addr: addr.String()}
}

// udpAddr converts an address to package net's type, nil for none.
func udpAddr(sa Sockaddr) *net.UDPAddr {
	if sa.IsZero() {
		return nil
	}
	return net.UDPAddrFromAddrPort(sa.namedAddrPort())
}
