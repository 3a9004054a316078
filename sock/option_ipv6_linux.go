package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_IPV6 that only Linux has: ipv6(7), RFC 3542. IPV6_NEXTHOP, IPV6_AUTHHDR and IPV6_USE_MIN_MTU
// are missing because Linux has only their names. IPV6_HOPLIMIT is a control message.
var (
	IPV6_ADDRFORM             = IntOption("IPV6_ADDRFORM", unix.IPPROTO_IPV6, unix.IPV6_ADDRFORM) // AF_INET turns a socket connected to an IPv4-mapped address into an IPv4 socket
	IPV6_2292PKTINFO          = BoolOption("IPV6_2292PKTINFO", unix.IPPROTO_IPV6, unix.IPV6_2292PKTINFO)
	IPV6_2292HOPOPTS          = BoolOption("IPV6_2292HOPOPTS", unix.IPPROTO_IPV6, unix.IPV6_2292HOPOPTS)
	IPV6_2292DSTOPTS          = BoolOption("IPV6_2292DSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_2292DSTOPTS)
	IPV6_2292RTHDR            = BoolOption("IPV6_2292RTHDR", unix.IPPROTO_IPV6, unix.IPV6_2292RTHDR)
	IPV6_2292PKTOPTIONS       = BytesOption("IPV6_2292PKTOPTIONS", unix.IPPROTO_IPV6, unix.IPV6_2292PKTOPTIONS) // control messages
	IPV6_CHECKSUM             = IntOption("IPV6_CHECKSUM", unix.IPPROTO_IPV6, unix.IPV6_CHECKSUM)               // offset of the checksum; -1 is off
	IPV6_2292HOPLIMIT         = BoolOption("IPV6_2292HOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_2292HOPLIMIT)
	IPV6_FLOWINFO             = BoolOption("IPV6_FLOWINFO", unix.IPPROTO_IPV6, nameIPV6_FLOWINFO)
	IPV6_MULTICAST_IF         = IntOption("IPV6_MULTICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF) // an interface index
	IPV6_MULTICAST_HOPS       = IntOption("IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS)
	IPV6_MULTICAST_LOOP       = BoolOption("IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP)
	IPV6_JOIN_GROUP           = ipv6MreqOption("IPV6_JOIN_GROUP", unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP)
	IPV6_ADD_MEMBERSHIP       = IPV6_JOIN_GROUP // C's other name for the same number
	IPV6_LEAVE_GROUP          = ipv6MreqOption("IPV6_LEAVE_GROUP", unix.IPPROTO_IPV6, unix.IPV6_LEAVE_GROUP)
	IPV6_DROP_MEMBERSHIP      = IPV6_LEAVE_GROUP // C's other name for the same number
	IPV6_ROUTER_ALERT         = IntOption("IPV6_ROUTER_ALERT", unix.IPPROTO_IPV6, unix.IPV6_ROUTER_ALERT)
	IPV6_MTU_DISCOVER         = IntOption("IPV6_MTU_DISCOVER", unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER)
	IPV6_MTU                  = IntOption("IPV6_MTU", unix.IPPROTO_IPV6, unix.IPV6_MTU) // ENOTCONN unless connected
	IPV6_RECVERR              = BoolOption("IPV6_RECVERR", unix.IPPROTO_IPV6, unix.IPV6_RECVERR)
	IPV6_JOIN_ANYCAST         = ipv6MreqOption("IPV6_JOIN_ANYCAST", unix.IPPROTO_IPV6, unix.IPV6_JOIN_ANYCAST)
	IPV6_LEAVE_ANYCAST        = ipv6MreqOption("IPV6_LEAVE_ANYCAST", unix.IPPROTO_IPV6, unix.IPV6_LEAVE_ANYCAST)
	IPV6_MULTICAST_ALL        = BoolOption("IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL)
	IPV6_ROUTER_ALERT_ISOLATE = BoolOption("IPV6_ROUTER_ALERT_ISOLATE", unix.IPPROTO_IPV6, unix.IPV6_ROUTER_ALERT_ISOLATE)
	IPV6_RECVERR_RFC4884      = BoolOption("IPV6_RECVERR_RFC4884", unix.IPPROTO_IPV6, unix.IPV6_RECVERR_RFC4884)
	IPV6_FLOWLABEL_MGR        = BytesOption("IPV6_FLOWLABEL_MGR", unix.IPPROTO_IPV6, nameIPV6_FLOWLABEL_MGR) // struct in6_flowlabel_req; setting it also writes to it: use SetsockoptBytes
	IPV6_FLOWINFO_SEND        = BoolOption("IPV6_FLOWINFO_SEND", unix.IPPROTO_IPV6, nameIPV6_FLOWINFO_SEND)
	IPV6_IPSEC_POLICY         = BytesOption("IPV6_IPSEC_POLICY", unix.IPPROTO_IPV6, unix.IPV6_IPSEC_POLICY) // struct xfrm_userpolicy_info, for key managers only
	IPV6_XFRM_POLICY          = BytesOption("IPV6_XFRM_POLICY", unix.IPPROTO_IPV6, unix.IPV6_XFRM_POLICY)   // the same
	IPV6_HDRINCL              = BoolOption("IPV6_HDRINCL", unix.IPPROTO_IPV6, unix.IPV6_HDRINCL)
	MCAST6_JOIN_GROUP         = groupReqOption("MCAST_JOIN_GROUP", unix.IPPROTO_IPV6, unix.MCAST_JOIN_GROUP) // from here on, C uses one name for both levels
	MCAST6_BLOCK_SOURCE       = groupSourceReqOption("MCAST_BLOCK_SOURCE", unix.IPPROTO_IPV6, unix.MCAST_BLOCK_SOURCE)
	MCAST6_UNBLOCK_SOURCE     = groupSourceReqOption("MCAST_UNBLOCK_SOURCE", unix.IPPROTO_IPV6, unix.MCAST_UNBLOCK_SOURCE)
	MCAST6_LEAVE_GROUP        = groupReqOption("MCAST_LEAVE_GROUP", unix.IPPROTO_IPV6, unix.MCAST_LEAVE_GROUP)
	MCAST6_JOIN_SOURCE_GROUP  = groupSourceReqOption("MCAST_JOIN_SOURCE_GROUP", unix.IPPROTO_IPV6, unix.MCAST_JOIN_SOURCE_GROUP)
	MCAST6_LEAVE_SOURCE_GROUP = groupSourceReqOption("MCAST_LEAVE_SOURCE_GROUP", unix.IPPROTO_IPV6, unix.MCAST_LEAVE_SOURCE_GROUP)
	MCAST6_MSFILTER           = BytesOption("MCAST_MSFILTER", unix.IPPROTO_IPV6, unix.MCAST_MSFILTER) // struct group_filter, like IP_MSFILTER
	IPV6_RECVPKTINFO          = BoolOption("IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO)
	IPV6_PKTINFO              = in6PktinfoOption("IPV6_PKTINFO", unix.IPPROTO_IPV6, unix.IPV6_PKTINFO) // the source address to send from
	IPV6_RECVHOPLIMIT         = BoolOption("IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT)
	IPV6_RECVHOPOPTS          = BoolOption("IPV6_RECVHOPOPTS", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPOPTS)
	IPV6_HOPOPTS              = BytesOption("IPV6_HOPOPTS", unix.IPPROTO_IPV6, unix.IPV6_HOPOPTS)           // an extension header
	IPV6_RTHDRDSTOPTS         = BytesOption("IPV6_RTHDRDSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_RTHDRDSTOPTS) // an extension header
	IPV6_RECVRTHDR            = BoolOption("IPV6_RECVRTHDR", unix.IPPROTO_IPV6, unix.IPV6_RECVRTHDR)
	IPV6_RTHDR                = BytesOption("IPV6_RTHDR", unix.IPPROTO_IPV6, unix.IPV6_RTHDR) // an extension header
	IPV6_RECVDSTOPTS          = BoolOption("IPV6_RECVDSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_RECVDSTOPTS)
	IPV6_DSTOPTS              = BytesOption("IPV6_DSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_DSTOPTS) // an extension header
	IPV6_RECVPATHMTU          = BoolOption("IPV6_RECVPATHMTU", unix.IPPROTO_IPV6, unix.IPV6_RECVPATHMTU)
	IPV6_PATHMTU              = pathMTUOption("IPV6_PATHMTU", unix.IPPROTO_IPV6, unix.IPV6_PATHMTU) // ENOTCONN unless connected
	IPV6_DONTFRAG             = BoolOption("IPV6_DONTFRAG", unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG)
	IPV6_RECVTCLASS           = BoolOption("IPV6_RECVTCLASS", unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS)
	IPV6_AUTOFLOWLABEL        = BoolOption("IPV6_AUTOFLOWLABEL", unix.IPPROTO_IPV6, unix.IPV6_AUTOFLOWLABEL)
	IPV6_ADDR_PREFERENCES     = Uint32Option("IPV6_ADDR_PREFERENCES", unix.IPPROTO_IPV6, unix.IPV6_ADDR_PREFERENCES)
	IPV6_MINHOPCOUNT          = IntOption("IPV6_MINHOPCOUNT", unix.IPPROTO_IPV6, unix.IPV6_MINHOPCOUNT)
	IPV6_RECVORIGDSTADDR      = BoolOption("IPV6_RECVORIGDSTADDR", unix.IPPROTO_IPV6, unix.IPV6_RECVORIGDSTADDR)
	IPV6_ORIGDSTADDR          = IPV6_RECVORIGDSTADDR // C's other name for the same number
	IPV6_TRANSPARENT          = BoolOption("IPV6_TRANSPARENT", unix.IPPROTO_IPV6, unix.IPV6_TRANSPARENT)
	IPV6_UNICAST_IF           = BigEndianOption("IPV6_UNICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_IF) // an interface index
	IPV6_RECVFRAGSIZE         = BoolOption("IPV6_RECVFRAGSIZE", unix.IPPROTO_IPV6, unix.IPV6_RECVFRAGSIZE)
	IPV6_FREEBIND             = BoolOption("IPV6_FREEBIND", unix.IPPROTO_IPV6, unix.IPV6_FREEBIND)
	IP6T_SO_ORIGINAL_DST      = addr6Option("IP6T_SO_ORIGINAL_DST", unix.IPPROTO_IPV6, nameIP6T_SO_ORIGINAL_DST) // the destination before a REDIRECT; ENOENT without one
)
