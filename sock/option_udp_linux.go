package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_UDP: udp(7).
var (
	UDP_CORK         = BoolOption("UDP_CORK", unix.IPPROTO_UDP, unix.UDP_CORK)
	UDP_ENCAP        = IntOption("UDP_ENCAP", unix.IPPROTO_UDP, unix.UDP_ENCAP)
	UDP_NO_CHECK6_TX = BoolOption("UDP_NO_CHECK6_TX", unix.IPPROTO_UDP, unix.UDP_NO_CHECK6_TX)
	UDP_NO_CHECK6_RX = BoolOption("UDP_NO_CHECK6_RX", unix.IPPROTO_UDP, unix.UDP_NO_CHECK6_RX)
	UDP_SEGMENT      = IntOption("UDP_SEGMENT", unix.IPPROTO_UDP, unix.UDP_SEGMENT) // size of the datagrams into which a longer send is split; 0 is off
	UDP_GRO          = BoolOption("UDP_GRO", unix.IPPROTO_UDP, unix.UDP_GRO)        // receive CMSG_UDP_GRO, or the boundaries of joined datagrams are lost
)

// Options of level IPPROTO_UDPLITE: udplite(7).
var (
	UDPLITE_SEND_CSCOV = IntOption("UDPLITE_SEND_CSCOV", unix.IPPROTO_UDPLITE, nameUDPLITE_SEND_CSCOV)
	UDPLITE_RECV_CSCOV = IntOption("UDPLITE_RECV_CSCOV", unix.IPPROTO_UDPLITE, nameUDPLITE_RECV_CSCOV)
)
