//go:build unix

package sock

import "net"

// IPConn is a Conn of raw(7) as a net.Conn and net.PacketConn, with the methods of *net.IPConn that libraries look for;
// ReadMsgIP and WriteMsgIP exist only on Linux.
//
// The kernel passes on IPv4 packets with their header. As in package net, ReadFrom and ReadFromIP remove the header,
// while Read, ReadMsgIP, Recv, Recvfrom and Recvmsg keep it. It passes on IPv6 packets without one. Packets are sent
// without a header, except with IP_HDRINCL.
type IPConn struct{ packetConn }

// ReadFrom receives a packet without its IPv4 header: recvfrom(2).
func (c *IPConn) ReadFrom(p []byte) (n int, addr net.Addr, err error) {
	n, addr, err = c.packetConn.ReadFrom(p)
	return c.stripHeader(p, n), addr, err
}

// ReadFromIP is ReadFrom with an address of type *net.IPAddr: recvfrom(2).
func (c *IPConn) ReadFromIP(p []byte) (n int, addr *net.IPAddr, err error) {
	n, from, err := c.recvfrom(p)
	return c.stripHeader(p, n), ipAddr(from), err
}

// WriteToIP is WriteTo with an address of type *net.IPAddr: sendto(2).
func (c *IPConn) WriteToIP(p []byte, addr *net.IPAddr) (n int, err error) {
	if addr == nil {
		return c.WriteTo(p, nil)
	}
	return c.WriteTo(p, addr)
}

// stripHeader moves the data after an IPv4 header to the beginning of p, and returns its length.
func (c *IPConn) stripHeader(p []byte, n int) int {
	const least = 20
	if c.family != AF_INET || n < least || p[0]>>4 != 4 {
		return n
	}
	length := int(p[0]&0xf) * 4
	if length < least || length > n {
		return n
	}
	return copy(p, p[length:n])
}

// ipAddr converts an address to package net's type, nil for none.
func ipAddr(sa Sockaddr) *net.IPAddr {
	if sa.IsZero() {
		return nil
	}
	addr := sa.namedAddrPort().Addr()
	return &net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}
}
