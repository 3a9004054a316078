package main

import (
	"cmp"
	"net/netip"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// controlSpace is the space for the control messages of a datagram: those of origin, and some that another owner of an inherited
// socket may ask for.
const controlSpace = 256

// prepareDatagrams sets the options of a datagram socket before it is bound.
func (s *server) prepareDatagrams(l *listener) {
	switch {
	case l.addr.Family() == sock.AF_UNIX:
		l.growForAnswers()
	case l.hasManyAddresses():
		s.askOrigin(l)
	}
}

// askOrigin asks the kernel to report the destination of each datagram to a UDP listener. If this
// fails, datagrams are still answered.
func (s *server) askOrigin(l *listener) {
	var err error
	switch l.addr.Family() {
	case sock.AF_INET:
		err = sock.Setsockopt(l.fd, sock.IP_PKTINFO, true)
	case sock.AF_INET6:
		// IPv4 datagrams have both messages, and only IP_PKTINFO distinguishes a subnet's
		// broadcast address from others.
		err = cmp.Or(sock.Setsockopt(l.fd, sock.IPV6_RECVPKTINFO, true), sock.Setsockopt(l.fd, sock.IP_PKTINFO, true))
	}
	if err != nil {
		s.log.Warn(unknownOrigin, "listener", l.URL(l.addr), "call", "setsockopt", "err", callerr.Describe(err))
	}
}

// hasManyAddresses reports whether a UDP listener may receive datagrams for another address than the one that it would
// answer from: if it listens on all addresses, or on a broadcast or multicast address.
func (l *listener) hasManyAddresses() bool {
	ip := l.addr.AddrPort().Addr().Unmap()
	return ip.IsUnspecified() || ip.IsMulticast() || ip.Is4() && isBroadcast(ip)
}

// isBroadcast reports whether an IPv4 address of this host is a broadcast address: connect(2)
// refuses those, and sends nothing.
func isBroadcast(ip netip.Addr) bool {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	if err != nil {
		return true
	}
	defer sock.Close(fd)
	return sock.Connect(fd, sock.Inet(netip.AddrPortFrom(ip, 9))) != nil
}

const unknownOrigin = "where datagrams were sent to is unknown: those to broadcast addresses are answered too"

// origin is what the kernel reports about the destination of a received datagram. The zero value means nothing is known.
type origin struct {
	to      netip.Addr // the destination in its header
	local   netip.Addr // the IPv4 address to answer from
	ifindex int        // the interface that received it
	segment int        // the length of each joined datagram except the last
}

func parseOrigin(control []byte) (o origin) {
	for c := range sock.Cmsgs(control) {
		if info, ok := sock.CMSG_IP_PKTINFO.Parse(c); ok {
			o.to, o.local = info.Addr, info.SpecDst
		} else if info, ok := sock.CMSG_IPV6_PKTINFO.Parse(c); ok && !o.to.IsValid() {
			o.to, o.ifindex = info.Addr.Unmap(), info.Ifindex
		} else if segment, ok := sock.CMSG_UDP_GRO.Parse(c); ok {
			o.segment = segment
		}
	}
	// A datagram received before IP_PKTINFO was on has no address to answer from. The kernel
	// refuses to use a broadcast address.
	if o.to.Is4() && (!o.local.IsValid() || o.local.IsUnspecified()) {
		o.local = o.to
	}
	return o
}

// toMany reports whether a datagram was sent to a broadcast or multicast address. Then the address to answer
// from differs: ip(7) IP_PKTINFO.
func (o *origin) toMany() bool {
	return o.local != o.to && o.to.Is4() || o.to.IsMulticast() || o.to == limitedBroadcast
}

var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// wayBack appends the control message that sends the answer from the address that the datagram was sent to,
// because a connected client accepts it from no other. A datagram to a broadcast or multicast address is answered
// from the interface's own address.
func (o *origin) wayBack(control []byte) []byte {
	switch {
	case o.to.Is4() && (o.local.IsMulticast() || o.local == limitedBroadcast):
		return nil
	case o.to.Is4():
		return sock.CMSG_IP_PKTINFO.Append(control, sock.InPktinfo{SpecDst: o.local})
	case o.to.IsMulticast():
		return sock.CMSG_IPV6_PKTINFO.Append(control, sock.In6Pktinfo{Ifindex: o.ifindex})
	case o.to.IsLinkLocalUnicast():
		return sock.CMSG_IPV6_PKTINFO.Append(control, sock.In6Pktinfo{Addr: o.to, Ifindex: o.ifindex})
	case o.to.Is6():
		return sock.CMSG_IPV6_PKTINFO.Append(control, sock.In6Pktinfo{Addr: o.to})
	}
	return nil
}
