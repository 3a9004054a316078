package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_UDP: udp(7).
var (
	UDP_CORK         = listed(BoolOption("UDP_CORK", unix.IPPROTO_UDP, unix.UDP_CORK))
	UDP_ENCAP        = listed(IntOption("UDP_ENCAP", unix.IPPROTO_UDP, unix.UDP_ENCAP))
	UDP_NO_CHECK6_TX = listed(BoolOption("UDP_NO_CHECK6_TX", unix.IPPROTO_UDP, unix.UDP_NO_CHECK6_TX))
	UDP_NO_CHECK6_RX = listed(BoolOption("UDP_NO_CHECK6_RX", unix.IPPROTO_UDP, unix.UDP_NO_CHECK6_RX))
	UDP_SEGMENT      = listed(IntOption("UDP_SEGMENT", unix.IPPROTO_UDP, unix.UDP_SEGMENT)) // bytes a datagram, into which a longer send is cut; 0 is off
	UDP_GRO          = listed(BoolOption("UDP_GRO", unix.IPPROTO_UDP, unix.UDP_GRO))        // without room for CMSG_UDP_GRO, Recvmsg has datagrams whose borders nobody knows
)
