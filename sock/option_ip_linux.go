package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_IP: ip(7).
var (
	IP_TOS                    = listed(IntOption("IP_TOS", unix.IPPROTO_IP, unix.IP_TOS))
	IP_TTL                    = listed(IntOption("IP_TTL", unix.IPPROTO_IP, unix.IP_TTL)) // -1 is the system's default
	IP_HDRINCL                = listed(BoolOption("IP_HDRINCL", unix.IPPROTO_IP, unix.IP_HDRINCL))
	IP_OPTIONS                = listed(BytesOption("IP_OPTIONS", unix.IPPROTO_IP, unix.IP_OPTIONS))
	IP_ROUTER_ALERT           = listed(BoolOption("IP_ROUTER_ALERT", unix.IPPROTO_IP, unix.IP_ROUTER_ALERT))
	IP_RECVOPTS               = listed(BoolOption("IP_RECVOPTS", unix.IPPROTO_IP, unix.IP_RECVOPTS))
	IP_RETOPTS                = listed(BoolOption("IP_RETOPTS", unix.IPPROTO_IP, unix.IP_RETOPTS))
	IP_RECVRETOPTS            = IP_RETOPTS // C's other name of the same number
	IP_PKTINFO                = listed(BoolOption("IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO))
	IP_PKTOPTIONS             = listed(BytesOption("IP_PKTOPTIONS", unix.IPPROTO_IP, unix.IP_PKTOPTIONS)) // control messages
	IP_MTU_DISCOVER           = listed(IntOption("IP_MTU_DISCOVER", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER))
	IP_RECVERR                = listed(BoolOption("IP_RECVERR", unix.IPPROTO_IP, unix.IP_RECVERR))
	IP_RECVTTL                = listed(BoolOption("IP_RECVTTL", unix.IPPROTO_IP, unix.IP_RECVTTL))
	IP_RECVTOS                = listed(BoolOption("IP_RECVTOS", unix.IPPROTO_IP, unix.IP_RECVTOS))
	IP_MTU                    = listed(IntOption("IP_MTU", unix.IPPROTO_IP, unix.IP_MTU)) // ENOTCONN unless connected
	IP_FREEBIND               = listed(BoolOption("IP_FREEBIND", unix.IPPROTO_IP, unix.IP_FREEBIND))
	IP_IPSEC_POLICY           = listed(BytesOption("IP_IPSEC_POLICY", unix.IPPROTO_IP, unix.IP_IPSEC_POLICY)) // struct xfrm_userpolicy_info, which key managers alone use
	IP_XFRM_POLICY            = listed(BytesOption("IP_XFRM_POLICY", unix.IPPROTO_IP, unix.IP_XFRM_POLICY))   // the same
	IP_PASSSEC                = listed(BoolOption("IP_PASSSEC", unix.IPPROTO_IP, unix.IP_PASSSEC))
	IP_TRANSPARENT            = listed(BoolOption("IP_TRANSPARENT", unix.IPPROTO_IP, unix.IP_TRANSPARENT))
	IP_RECVORIGDSTADDR        = listed(BoolOption("IP_RECVORIGDSTADDR", unix.IPPROTO_IP, unix.IP_RECVORIGDSTADDR))
	IP_ORIGDSTADDR            = IP_RECVORIGDSTADDR // C's other name of the same number
	IP_MINTTL                 = listed(IntOption("IP_MINTTL", unix.IPPROTO_IP, unix.IP_MINTTL))
	IP_NODEFRAG               = listed(BoolOption("IP_NODEFRAG", unix.IPPROTO_IP, unix.IP_NODEFRAG))
	IP_CHECKSUM               = listed(BoolOption("IP_CHECKSUM", unix.IPPROTO_IP, unix.IP_CHECKSUM))
	IP_BIND_ADDRESS_NO_PORT   = listed(BoolOption("IP_BIND_ADDRESS_NO_PORT", unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT))
	IP_RECVFRAGSIZE           = listed(BoolOption("IP_RECVFRAGSIZE", unix.IPPROTO_IP, unix.IP_RECVFRAGSIZE))
	IP_RECVERR_RFC4884        = listed(BoolOption("IP_RECVERR_RFC4884", unix.IPPROTO_IP, unix.IP_RECVERR_RFC4884))
	IP_MULTICAST_IF           = listed(ipMulticastIf("IP_MULTICAST_IF", unix.IPPROTO_IP, unix.IP_MULTICAST_IF)) // set by address or number, Multiaddr aside; read as the address alone
	IP_MULTICAST_TTL          = listed(IntOption("IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL))
	IP_MULTICAST_LOOP         = listed(BoolOption("IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP))
	IP_ADD_MEMBERSHIP         = listed(ipMreqnOption("IP_ADD_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP))
	IP_DROP_MEMBERSHIP        = listed(ipMreqnOption("IP_DROP_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_DROP_MEMBERSHIP))
	IP_UNBLOCK_SOURCE         = listed(ipMreqSourceOption("IP_UNBLOCK_SOURCE", unix.IPPROTO_IP, unix.IP_UNBLOCK_SOURCE))
	IP_BLOCK_SOURCE           = listed(ipMreqSourceOption("IP_BLOCK_SOURCE", unix.IPPROTO_IP, unix.IP_BLOCK_SOURCE))
	IP_ADD_SOURCE_MEMBERSHIP  = listed(ipMreqSourceOption("IP_ADD_SOURCE_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_ADD_SOURCE_MEMBERSHIP))
	IP_DROP_SOURCE_MEMBERSHIP = listed(ipMreqSourceOption("IP_DROP_SOURCE_MEMBERSHIP", unix.IPPROTO_IP, unix.IP_DROP_SOURCE_MEMBERSHIP))
	IP_MSFILTER               = listed(BytesOption("IP_MSFILTER", unix.IPPROTO_IP, unix.IP_MSFILTER)) // struct ip_msfilter, which grows with its list; GetsockoptBytes reads of the group that its bytes name
	MCAST_JOIN_GROUP          = listed(groupReqOption("MCAST_JOIN_GROUP", unix.IPPROTO_IP, unix.MCAST_JOIN_GROUP))
	MCAST_BLOCK_SOURCE        = listed(groupSourceReqOption("MCAST_BLOCK_SOURCE", unix.IPPROTO_IP, unix.MCAST_BLOCK_SOURCE))
	MCAST_UNBLOCK_SOURCE      = listed(groupSourceReqOption("MCAST_UNBLOCK_SOURCE", unix.IPPROTO_IP, unix.MCAST_UNBLOCK_SOURCE))
	MCAST_LEAVE_GROUP         = listed(groupReqOption("MCAST_LEAVE_GROUP", unix.IPPROTO_IP, unix.MCAST_LEAVE_GROUP))
	MCAST_JOIN_SOURCE_GROUP   = listed(groupSourceReqOption("MCAST_JOIN_SOURCE_GROUP", unix.IPPROTO_IP, unix.MCAST_JOIN_SOURCE_GROUP))
	MCAST_LEAVE_SOURCE_GROUP  = listed(groupSourceReqOption("MCAST_LEAVE_SOURCE_GROUP", unix.IPPROTO_IP, unix.MCAST_LEAVE_SOURCE_GROUP))
	MCAST_MSFILTER            = listed(BytesOption("MCAST_MSFILTER", unix.IPPROTO_IP, unix.MCAST_MSFILTER)) // struct group_filter, as IP_MSFILTER
	IP_MULTICAST_ALL          = listed(BoolOption("IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL))
	IP_UNICAST_IF             = listed(BigEndianOption("IP_UNICAST_IF", unix.IPPROTO_IP, unix.IP_UNICAST_IF))          // an interface's number
	IP_LOCAL_PORT_RANGE       = listed(Uint32Option("IP_LOCAL_PORT_RANGE", unix.IPPROTO_IP, unix.IP_LOCAL_PORT_RANGE)) // the last port <<16 and the first
	IP_PROTOCOL               = listed(IntOption("IP_PROTOCOL", unix.IPPROTO_IP, unix.IP_PROTOCOL))
	SO_ORIGINAL_DST           = listed(AddrOption("SO_ORIGINAL_DST", unix.IPPROTO_IP, nameSO_ORIGINAL_DST)) // before a firewall's REDIRECT; ENOENT where there was none
)
