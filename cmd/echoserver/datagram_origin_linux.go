package main

import (
	"cmp"
	"net/netip"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// controlSpace is room for the control messages of a datagram: those of origin, and some that another owner of an inherited
// socket may ask for.
const controlSpace = 256

// prepareDatagrams sets the options of a datagram socket that is to be bound.
func (s *server) prepareDatagrams(l *listener) {
	switch {
	case l.addr.Family() == sock.AF_UNIX:
		l.growSendBuffer()
	case l.hasManyAddresses():
		s.askOrigin(l)
	}
}

// askOrigin has the kernel tell where each datagram to a UDP listener was sent to. Without it they are answered all the same.
func (s *server) askOrigin(l *listener) {
	var err error
	switch l.addr.Family() {
	case sock.AF_INET:
		err = sock.Setsockopt(l.fd, sock.IP_PKTINFO, true)
	case sock.AF_INET6:
		// What came over IPv4 has both, and only IP_PKTINFO tells a subnet's broadcast address from others.
		err = cmp.Or(sock.Setsockopt(l.fd, sock.IPV6_RECVPKTINFO, true), sock.Setsockopt(l.fd, sock.IP_PKTINFO, true))
	}
	if err != nil {
		s.log.Warn(unknownOrigin, "listener", l.URL(l.addr), "call", "setsockopt", "err", endpoint.Describe(err))
	}
}

// hasManyAddresses tells whether what a UDP listener receives may have been sent to another address than the one that it
// would answer from: if it listens on all addresses, or on one that reaches many machines.
func (l *listener) hasManyAddresses() bool {
	ip := l.addr.AddrPort().Addr().Unmap()
	return ip.IsUnspecified() || ip.IsMulticast() || ip.Is4() && isBroadcast(ip)
}

// isBroadcast tells whether an IPv4 address of this machine can be that of a broadcast: connect(2) refuses those, and sends
// nothing.
func isBroadcast(ip netip.Addr) bool {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	if err != nil {
		return true
	}
	defer sock.Close(fd)
	return sock.Connect(fd, sock.Inet(netip.AddrPortFrom(ip, 9))) != nil
}

const unknownOrigin = "where datagrams were sent to is unknown: those to broadcast addresses are answered too"

// origin is what the kernel tells of a received datagram. The zero value tells nothing.
type origin struct {
	to      netip.Addr // the destination in its header
	local   netip.Addr // the IPv4 address to answer from
	ifindex int        // the interface that it came in by
	segment int        // the length of each of the datagrams that it was joined of, except the last one
}

func parseOrigin(control []byte) (o origin) {
	for c := range sock.Cmsgs(control) {
		if info, ok := sock.ParseControl(c, sock.CMSG_IP_PKTINFO); ok {
			o.to, o.local = info.Addr, info.SpecDst
		} else if info, ok := sock.ParseControl(c, sock.CMSG_IPV6_PKTINFO); ok && !o.to.IsValid() {
			o.to, o.ifindex = info.Addr.Unmap(), info.Ifindex
		} else if segment, ok := sock.ParseControl(c, sock.CMSG_UDP_GRO); ok {
			o.segment = segment
		}
	}
	// What came before IP_PKTINFO was on has no address to answer from. The kernel refuses to use a broadcast address.
	if o.to.Is4() && (!o.local.IsValid() || o.local.IsUnspecified()) {
		o.local = o.to
	}
	return o
}

// toMany tells whether a datagram was sent to a broadcast or multicast address. Then the address to answer from is another
// one: ip(7) IP_PKTINFO.
func (o *origin) toMany() bool {
	return o.local != o.to && o.to.Is4() || o.to.IsMulticast() || o.to == limitedBroadcast
}

var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// wayBack appends the control message that sends the answer from the address that the datagram was sent to: a client that
// is connected takes it from nowhere else. What was sent to many is answered from the interface's own address.
func (o *origin) wayBack(control []byte) []byte {
	switch {
	case o.to.Is4() && (o.local.IsMulticast() || o.local == limitedBroadcast):
		return nil
	case o.to.Is4():
		return sock.AppendControl(control, sock.CMSG_IP_PKTINFO, sock.InPktinfo{SpecDst: o.local})
	case o.to.IsMulticast():
		return sock.AppendControl(control, sock.CMSG_IPV6_PKTINFO, sock.In6Pktinfo{Ifindex: o.ifindex})
	case o.to.IsLinkLocalUnicast():
		return sock.AppendControl(control, sock.CMSG_IPV6_PKTINFO, sock.In6Pktinfo{Addr: o.to, Ifindex: o.ifindex})
	case o.to.Is6():
		return sock.AppendControl(control, sock.CMSG_IPV6_PKTINFO, sock.In6Pktinfo{Addr: o.to})
	}
	return nil
}
