package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_IP: ip(7).
var (
	IP_TOS                    = IntOption("IP_TOS", unix.IPPROTO_IP, unix.IP_TOS)
	IP_TTL                    = IntOption("IP_TTL", unix.IPPROTO_IP, unix.IP_TTL) // -1 is the system's default
	IP_HDRINCL                = BoolOption("IP_HDRINCL", unix.IPPROTO_IP, unix.IP_HDRINCL)
	IP_OPTIONS                = BytesOption("IP_OPTIONS", unix.IPPROTO_IP, unix.IP_OPTIONS)
	IP_ROUTER_ALERT           = BoolOption("IP_ROUTER_ALERT", unix.IPPROTO_IP, unix.IP_ROUTER_ALERT)
	IP_RECVOPTS               = BoolOption("IP_RECVOPTS", unix.IPPROTO_IP, unix.IP_RECVOPTS)
	IP_RETOPTS                = BoolOption("IP_RETOPTS", unix.IPPROTO_IP, unix.IP_RETOPTS)
	IP_RECVRETOPTS            = IP_RETOPTS // C's other name for the same number
	IP_PKTINFO                = BoolOption("IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO)
	IP_PKTOPTIONS             = BytesOption("IP_PKTOPTIONS", unix.IPPROTO_IP, unix.IP_PKTOPTIONS) // control messages
	IP_MTU_DISCOVER           = IntOption("IP_MTU_DISCOVER", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER)
	IP_RECVERR                = BoolOption("IP_RECVERR", unix.IPPROTO_IP, unix.IP_RECVERR)
	IP_RECVTTL                = BoolOption("IP_RECVTTL", unix.IPPROTO_IP, unix.IP_RECVTTL)
	IP_RECVTOS                = BoolOption("IP_RECVTOS", unix.IPPROTO_IP, unix.IP_RECVTOS)
	IP_MTU                    = IntOption("IP_MTU", unix.IPPROTO_IP, unix.IP_MTU) // ENOTCONN unless connected
	IP_FREEBIND               = BoolOption("IP_FREEBIND", unix.IPPROTO_IP, unix.IP_FREEBIND)
	IP_IPSEC_POLICY           = BytesOption("IP_IPSEC_POLICY", unix.IPPROTO_IP, unix.IP_IPSEC_POLICY) // struct xfrm_userpolicy_info, for key managers only
	IP_XFRM_POLICY            = BytesOption("IP_XFRM_POLICY", unix.IPPROTO_IP, unix.IP_XFRM_POLICY)   // the same
	IP_PASSSEC                = BoolOption("IP_PASSSEC", unix.IPPROTO_IP, unix.IP_PASSSEC)
	IP_TRANSPARENT            = BoolOption("IP_TRANSPARENT", unix.IPPROTO_IP, unix.IP_TRANSPARENT)
	IP_RECVORIGDSTADDR        = BoolOption("IP_RECVORIGDSTADDR", unix.IPPROTO_IP, unix.IP_RECVORIGDSTADDR)
	IP_ORIGDSTADDR            = IP_RECVORIGDSTADDR // C's other name for the same number
	IP_MINTTL                 = IntOption("IP_MINTTL", unix.IPPROTO_IP, unix.IP_MINTTL)
	IP_NODEFRAG               = BoolOption("IP_NODEFRAG", unix.IPPROTO_IP, unix.IP_NODEFRAG)
	IP_CHECKSUM               = BoolOption("IP_CHECKSUM", unix.IPPROTO_IP, unix.IP_CHECKSUM)
	IP_BIND_ADDRESS_NO_PORT   = BoolOption("IP_BIND_ADDRESS_NO_PORT", unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT)
	IP_RECVFRAGSIZE           = BoolOption("IP_RECVFRAGSIZE", unix.IPPROTO_IP, unix.IP_RECVFRAGSIZE)
	IP_RECVERR_RFC4884        = BoolOption("IP_RECVERR_RFC4884", unix.IPPROTO_IP, unix.IP_RECVERR_RFC4884)
	IP_MULTICAST_IF           = ipMulticastIf("IP_MULTICAST_IF", unix.IPPROTO_IP, unix.IP_MULTICAST_IF) // set by address or index, without Multiaddr; only the address is read
	IP_MULTICAST_TTL          = IntOption("IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL)
	IP_MULTICAST_LOOP         = BoolOption("IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP)
	IP_ADD_MEMBERSHIP         = ipMreqnOption("IP_ADD_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP)
	IP_DROP_MEMBERSHIP        = ipMreqnOption("IP_DROP_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_DROP_MEMBERSHIP)
	IP_UNBLOCK_SOURCE         = ipMreqSourceOption("IP_UNBLOCK_SOURCE", unix.IPPROTO_IP, unix.IP_UNBLOCK_SOURCE)
	IP_BLOCK_SOURCE           = ipMreqSourceOption("IP_BLOCK_SOURCE", unix.IPPROTO_IP, unix.IP_BLOCK_SOURCE)
	IP_ADD_SOURCE_MEMBERSHIP  = ipMreqSourceOption("IP_ADD_SOURCE_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_ADD_SOURCE_MEMBERSHIP)
	IP_DROP_SOURCE_MEMBERSHIP = ipMreqSourceOption("IP_DROP_SOURCE_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_DROP_SOURCE_MEMBERSHIP)
	IP_MSFILTER               = BytesOption("IP_MSFILTER", unix.IPPROTO_IP, unix.IP_MSFILTER) // struct ip_msfilter, which grows with its list; to read a group's, pass it in with GetsockoptBytes
	MCAST_JOIN_GROUP          = groupReqOption("MCAST_JOIN_GROUP", unix.IPPROTO_IP, unix.MCAST_JOIN_GROUP)
	MCAST_BLOCK_SOURCE        = groupSourceReqOption("MCAST_BLOCK_SOURCE", unix.IPPROTO_IP, unix.MCAST_BLOCK_SOURCE)
	MCAST_UNBLOCK_SOURCE      = groupSourceReqOption("MCAST_UNBLOCK_SOURCE", unix.IPPROTO_IP, unix.MCAST_UNBLOCK_SOURCE)
	MCAST_LEAVE_GROUP         = groupReqOption("MCAST_LEAVE_GROUP", unix.IPPROTO_IP, unix.MCAST_LEAVE_GROUP)
	MCAST_JOIN_SOURCE_GROUP   = groupSourceReqOption("MCAST_JOIN_SOURCE_GROUP", unix.IPPROTO_IP, unix.MCAST_JOIN_SOURCE_GROUP)
	MCAST_LEAVE_SOURCE_GROUP  = groupSourceReqOption("MCAST_LEAVE_SOURCE_GROUP", unix.IPPROTO_IP, unix.MCAST_LEAVE_SOURCE_GROUP)
	MCAST_MSFILTER            = BytesOption("MCAST_MSFILTER", unix.IPPROTO_IP, unix.MCAST_MSFILTER) // struct group_filter, like IP_MSFILTER
	IP_MULTICAST_ALL          = BoolOption("IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL)
	IP_UNICAST_IF             = BigEndianOption("IP_UNICAST_IF", unix.IPPROTO_IP, unix.IP_UNICAST_IF)          // an interface index
	IP_LOCAL_PORT_RANGE       = Uint32Option("IP_LOCAL_PORT_RANGE", unix.IPPROTO_IP, unix.IP_LOCAL_PORT_RANGE) // the last port <<16 | the first port
	IP_PROTOCOL               = IntOption("IP_PROTOCOL", unix.IPPROTO_IP, unix.IP_PROTOCOL)
	SO_ORIGINAL_DST           = AddrOption("SO_ORIGINAL_DST", unix.IPPROTO_IP, nameSO_ORIGINAL_DST) // the destination before a REDIRECT; ENOENT without one
)

// Options of level SOL_RAW: raw(7).
var (
	ICMP_FILTER = Uint32Option("ICMP_FILTER", unix.SOL_RAW, unix.ICMP_FILTER) // a bit for each type to block
)
