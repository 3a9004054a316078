package sock

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Control messages of level IPPROTO_IP: ip(7). Each is received once its option is on, IP_RECVTTL for CMSG_IP_TTL. An
// AF_INET6 socket that receives IPv4 packets gets those of IPv6 as well. For IP_RECVOPTS and IP_RETOPTS, whose data is
// bytes, use Cmsgs and AppendCmsg.
var (
	CMSG_IP_TOS          = IntCmsgType("IP_TOS", unix.IPPROTO_IP, unix.IP_TOS)
	CMSG_IP_TTL          = IntCmsgType("IP_TTL", unix.IPPROTO_IP, unix.IP_TTL)
	CMSG_IP_PKTINFO      = makeCmsgType("IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO, encodeInPktinfo, decodeInPktinfo)
	CMSG_IP_ORIGDSTADDR  = makeCmsgType("IP_ORIGDSTADDR", unix.IPPROTO_IP, unix.IP_ORIGDSTADDR, encodeInet, decodeInet)
	CMSG_IP_CHECKSUM     = Uint32CmsgType("IP_CHECKSUM", unix.IPPROTO_IP, unix.IP_CHECKSUM)
	CMSG_IP_RECVFRAGSIZE = IntCmsgType("IP_RECVFRAGSIZE", unix.IPPROTO_IP, unix.IP_RECVFRAGSIZE)
	CMSG_IP_PROTOCOL     = IntCmsgType("IP_PROTOCOL", unix.IPPROTO_IP, unix.IP_PROTOCOL) // sent on raw sockets
)

// Control messages of level IPPROTO_IPV6: ipv6(7). Each is received once its option is on, IPV6_RECVTCLASS for
// CMSG_IPV6_TCLASS. For IPV6_HOPOPTS and the other headers, whose data is bytes, use Cmsgs and AppendCmsg.
var (
	CMSG_IPV6_FLOWINFO     = makeCmsgType("IPV6_FLOWINFO", unix.IPPROTO_IPV6, nameIPV6_FLOWINFO, encodeFlow, decodeFlow)
	CMSG_IPV6_PKTINFO      = makeCmsgType("IPV6_PKTINFO", unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, encodeIn6Pktinfo, decodeIn6Pktinfo).or("IPV6_2292PKTINFO", unix.IPPROTO_IPV6, unix.IPV6_2292PKTINFO)
	CMSG_IPV6_HOPLIMIT     = IntCmsgType("IPV6_HOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT).or("IPV6_2292HOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_2292HOPLIMIT)
	CMSG_IPV6_PATHMTU      = makeCmsgType("IPV6_PATHMTU", unix.IPPROTO_IPV6, unix.IPV6_PATHMTU, encodePathMTU, decodePathMTU)
	CMSG_IPV6_DONTFRAG     = IntCmsgType("IPV6_DONTFRAG", unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG)
	CMSG_IPV6_TCLASS       = IntCmsgType("IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS)
	CMSG_IPV6_ORIGDSTADDR  = makeCmsgType("IPV6_ORIGDSTADDR", unix.IPPROTO_IPV6, unix.IPV6_ORIGDSTADDR, encodeInet, decodeInet)
	CMSG_IPV6_RECVFRAGSIZE = IntCmsgType("IPV6_RECVFRAGSIZE", unix.IPPROTO_IPV6, unix.IPV6_RECVFRAGSIZE)
)

// InPktinfo is the value of CMSG_IP_PKTINFO: ip(7), struct in_pktinfo. On receive, Addr is the destination in the
// header, and SpecDst is the local address to reply from. On send, SpecDst is the source address and Ifindex the
// interface to leave by; 0 and the zero Addr leave the choice to the kernel.
type InPktinfo struct {
	Ifindex int
	SpecDst netip.Addr
	Addr    netip.Addr
}

// In6Pktinfo is the value of CMSG_IPV6_PKTINFO and of IPV6_PKTINFO: ipv6(7), struct in6_pktinfo. On receive, Addr is
// the destination in the header. On send, it is the source address and Ifindex the interface to leave by; 0 and the
// zero Addr leave the choice to the kernel. Ifindex is the zone, and the zone of Addr is ignored. The control message
// takes an IPv4 Addr as an IPv4-mapped one; the option takes none.
type In6Pktinfo struct {
	Addr    netip.Addr
	Ifindex int
}

// PathMTU is the value of CMSG_IPV6_PATHMTU and of IPV6_PATHMTU: RFC 3542, struct ip6_mtuinfo. MTU is that of the
// path to Addr. The option leaves Addr out, since it is the peer of the socket.
type PathMTU struct {
	Addr Sockaddr
	MTU  uint32
}

func encodeInPktinfo(v InPktinfo) (p payload) {
	source, ok := in4(v.SpecDst)
	destination, ok2 := in4(v.Addr)
	if !ok || !ok2 || v.Ifindex != int(int32(v.Ifindex)) {
		return p
	}
	p.put32(uint32(v.Ifindex))
	p.put(source[:]...)
	p.put(destination[:]...)
	return p
}

// in4 returns the bytes of an IPv4 or IPv4-mapped address, zeros for no address.
func in4(a netip.Addr) (b [4]byte, ok bool) {
	if !a.IsValid() {
		return b, true
	}
	if a = a.Unmap(); !a.Is4() {
		return b, false
	}
	return a.As4(), true
}

func decodeInPktinfo(p payload) (v InPktinfo, ok bool) {
	if p.length != unix.SizeofInet4Pktinfo {
		return v, false
	}
	return InPktinfo{p.int(0), netip.AddrFrom4([4]byte(p.data[4:])), netip.AddrFrom4([4]byte(p.data[8:]))}, true
}

func encodeIn6Pktinfo(v In6Pktinfo) (p payload) {
	if v.Ifindex != int(int32(v.Ifindex)) {
		return p
	}
	var addr [16]byte
	if v.Addr.IsValid() {
		addr = v.Addr.As16()
	}
	p.put(addr[:]...)
	p.put32(uint32(v.Ifindex))
	return p
}

func decodeIn6Pktinfo(p payload) (v In6Pktinfo, ok bool) {
	if p.length != unix.SizeofInet6Pktinfo {
		return v, false
	}
	return In6Pktinfo{netip.AddrFrom16([16]byte(p.data[:])), p.int(16)}, true
}

// encodeFlow encodes flow information in network byte order, like sin6_flowinfo.
func encodeFlow(v uint32) (p payload) {
	binary.BigEndian.PutUint32(p.data[:], v)
	p.length = 4
	return p
}

func decodeFlow(p payload) (v uint32, ok bool) {
	if p.length != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(p.data[:]), true
}

func encodeInet(v Sockaddr) (p payload) {
	if isInet(v) {
		p.put(v.bytes()...)
	}
	return p
}

// isInet reports whether an address is one of IPv4 or IPv6, without more bytes than C's type.
func isInet(sa Sockaddr) bool { return sa.AddrPort().IsValid() && sa.Len() <= unix.SizeofSockaddrInet6 }

func decodeInet(p payload) (v Sockaddr, ok bool) {
	v = p.sockaddr(0)
	return v, !v.IsZero()
}

func encodePathMTU(v PathMTU) (p payload) {
	if v.Addr.Len() != unix.SizeofSockaddrInet6 {
		return p
	}
	p.put(v.Addr.bytes()...)
	p.put32(v.MTU)
	return p
}

func decodePathMTU(p payload) (v PathMTU, ok bool) {
	if p.length != unix.SizeofIPv6MTUInfo {
		return v, false
	}
	return PathMTU{p.sockaddr(0), p.uint32(unix.SizeofSockaddrInet6)}, true
}
