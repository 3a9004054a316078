package sock_test

import (
	"math"
	"net/netip"
	"testing"

	. "example.com/berkeley/sock"
)

// walkResult is an exception from the usual result: that an option is read, set to the same value, and read again
// unchanged. It has another socket, another value to set, or the errors of reading and setting.
type walkResult struct {
	open     func(testing.TB) int
	value    any
	get, set Errno
	changes  bool // the value read differs from the value set
	varies   bool // the value read changes with time
	optional bool // some kernels, or their settings, allow it
	module   bool // needs a module that may not be loaded
}

// The most common expected errors.
var (
	getOnly  = walkResult{set: ENOPROTOOPT}
	ofLocal  = walkResult{open: local}
	ofRaw    = walkResult{open: icmp}
	noTLS    = walkResult{get: EOPNOTSUPP, optional: true}
	noAO     = walkResult{get: ENOPROTOOPT, optional: true}
	noVMware = walkResult{get: ENOPROTOOPT, optional: true}
)

// setOnly returns the result of an option that can't be read.
func setOnly(v any, err Errno) walkResult { return walkResult{get: ENOPROTOOPT, value: v, set: err} }

var (
	group4 = netip.MustParseAddr("232.1.2.3")
	group6 = netip.MustParseAddr("ff35::1234")
	self4  = netip.MustParseAddr("127.0.0.1")
	self6  = netip.MustParseAddr("::1")
	source = IPMreqSource{Multiaddr: group4, Interface: self4, Sourceaddr: self4}
)

func sockaddr(a netip.Addr) Sockaddr { return Inet(netip.AddrPortFrom(a, 0)) }

// walkExpected maps levels and labels to the exceptions.
var walkExpected = map[int]map[string]walkResult{
	SOL_SOCKET: {
		"SO_TYPE":                  getOnly,
		"SO_ERROR":                 getOnly,
		"SO_SNDBUF":                {changes: true}, // doubled
		"SO_RCVBUF":                {changes: true}, // doubled
		"SO_ACCEPTCONN":            getOnly,
		"SO_PASSCRED":              ofLocal,
		"SO_PEERCRED":              {open: local, set: ENOPROTOOPT},
		"SO_SNDLOWAT":              getOnly,
		"SO_ATTACH_FILTER":         {set: EINVAL}, // no program to read, and none to set
		"SO_DETACH_FILTER":         setOnly(0, ENOENT),
		"SO_PEERSEC":               {get: ENOPROTOOPT, set: ENOPROTOOPT, optional: true}, // got with a security module such as SELinux
		"SO_SNDBUFFORCE":           setOnly(65536, 0),
		"SO_RCVBUFFORCE":           setOnly(65536, 0),
		"SO_PASSSEC":               ofLocal,
		"SO_PROTOCOL":              getOnly,
		"SO_DOMAIN":                getOnly,
		"SO_BPF_EXTENSIONS":        getOnly,
		"SO_ATTACH_BPF":            setOnly(-1, EBADF),
		"SO_ATTACH_REUSEPORT_CBPF": setOnly([]SockFilter(nil), EINVAL),
		"SO_ATTACH_REUSEPORT_EBPF": setOnly(-1, EBADF),
		"SO_CNX_ADVICE":            setOnly(1, 0),
		"SO_MEMINFO":               getOnly,
		"SO_INCOMING_NAPI_ID":      getOnly,
		"SO_COOKIE":                getOnly,
		"SO_PEERGROUPS":            {open: local, value: []uint32{0}, set: ENOPROTOOPT},
		"SO_DETACH_REUSEPORT_BPF":  setOnly(0, EINVAL), // in no group
		"SO_BUSY_POLL_BUDGET":      setOnly(8, 0),
		"SO_NETNS_COOKIE":          getOnly,
		"SO_RESERVE_MEM":           {set: EOPNOTSUPP, optional: true}, // no memory accounting
		"SO_PASSPIDFD":             ofLocal,
		"SO_PEERPIDFD":             {open: local, set: ENOPROTOOPT, varies: true},
		"SO_DEVMEM_DONTNEED":       setOnly([]DmabufToken(nil), EINVAL),
		"SO_PASSRIGHTS":            ofLocal,
		"SO_INQ":                   {open: local, get: ENOPROTOOPT, value: true},
	},
	IPPROTO_IP: {
		"IP_HDRINCL":                ofRaw,
		"IP_ROUTER_ALERT":           {open: icmp, value: true, changes: true}, // taking off what is off is ENOBUFS
		"IP_PKTOPTIONS":             {open: tcp4, set: ENOPROTOOPT},
		"IP_MTU":                    {open: udp4Connected, set: ENOPROTOOPT},
		"IP_IPSEC_POLICY":           setOnly([]byte(nil), 0),
		"IP_XFRM_POLICY":            setOnly([]byte(nil), 0),
		"IP_NODEFRAG":               ofRaw,
		"IP_ADD_MEMBERSHIP":         setOnly(IPMreqn{Multiaddr: group4, Ifindex: 1}, 0),
		"IP_DROP_MEMBERSHIP":        setOnly(IPMreqn{Multiaddr: group4, Ifindex: 1}, EADDRNOTAVAIL),
		"IP_UNBLOCK_SOURCE":         setOnly(source, EINVAL),
		"IP_BLOCK_SOURCE":           setOnly(source, EINVAL),
		"IP_ADD_SOURCE_MEMBERSHIP":  setOnly(source, 0),
		"IP_DROP_SOURCE_MEMBERSHIP": setOnly(source, EINVAL),
		"IP_MSFILTER":               {get: EINVAL, value: []byte(nil), set: EINVAL}, // of no group
		"MCAST_JOIN_GROUP":          setOnly(GroupReq{1, sockaddr(group4)}, 0),
		"MCAST_BLOCK_SOURCE":        setOnly(GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}, EINVAL),
		"MCAST_UNBLOCK_SOURCE":      setOnly(GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}, EINVAL),
		"MCAST_LEAVE_GROUP":         setOnly(GroupReq{1, sockaddr(group4)}, EADDRNOTAVAIL),
		"MCAST_JOIN_SOURCE_GROUP":   setOnly(GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}, 0),
		"MCAST_LEAVE_SOURCE_GROUP":  setOnly(GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}, EINVAL),
		"MCAST_MSFILTER":            {get: EINVAL, value: []byte(nil), set: EINVAL}, // of no group
		"IP_PROTOCOL":               getOnly,
		"SO_ORIGINAL_DST":           {open: connected, get: ENOENT, module: true},
	},
	IPPROTO_IPV6: {
		"IPV6_ADDRFORM":            {open: udp6Connected, set: EINVAL}, // it is AF_INET6
		"IPV6_2292PKTOPTIONS":      {open: tcp6},
		"IPV6_CHECKSUM":            {open: raw6},
		"IPV6_JOIN_GROUP":          setOnly(IPv6Mreq{group6, 1}, 0),
		"IPV6_LEAVE_GROUP":         setOnly(IPv6Mreq{group6, 1}, EADDRNOTAVAIL),
		"IPV6_ROUTER_ALERT":        {open: rawAny6},
		"IPV6_MTU":                 {open: udp6Connected},
		"IPV6_JOIN_ANYCAST":        {open: loop6, get: ENOPROTOOPT, value: IPv6Mreq{self6, 1}, set: EINVAL}, // it is an interface's own
		"IPV6_LEAVE_ANYCAST":       setOnly(IPv6Mreq{self6, 1}, ENOENT),
		"IPV6_FLOWLABEL_MGR":       {get: ENOENT, value: []byte(nil), set: EINVAL}, // no label is leased
		"IPV6_IPSEC_POLICY":        setOnly([]byte(nil), 0),
		"IPV6_XFRM_POLICY":         setOnly([]byte(nil), 0),
		"IPV6_HDRINCL":             {open: raw6},
		"MCAST_JOIN_GROUP":         setOnly(GroupReq{1, sockaddr(group6)}, 0),
		"MCAST_BLOCK_SOURCE":       setOnly(GroupSourceReq{1, sockaddr(group6), sockaddr(self6)}, EINVAL),
		"MCAST_UNBLOCK_SOURCE":     setOnly(GroupSourceReq{1, sockaddr(group6), sockaddr(self6)}, EINVAL),
		"MCAST_LEAVE_GROUP":        setOnly(GroupReq{1, sockaddr(group6)}, EADDRNOTAVAIL),
		"MCAST_JOIN_SOURCE_GROUP":  setOnly(GroupSourceReq{1, sockaddr(group6), sockaddr(self6)}, 0),
		"MCAST_LEAVE_SOURCE_GROUP": setOnly(GroupSourceReq{1, sockaddr(group6), sockaddr(self6)}, EINVAL),
		"MCAST_MSFILTER":           {get: EADDRNOTAVAIL, value: []byte(nil), set: EINVAL}, // of no group
		"IPV6_PKTINFO":             setOnly(In6Pktinfo{self6, 1}, 0),
		"IPV6_PATHMTU":             {open: udp6Connected, set: ENOPROTOOPT},
		"IP6T_SO_ORIGINAL_DST":     {open: connected6, get: ENOENT, module: true},
	},
	IPPROTO_TCP: {
		"TCP_INFO":             {set: ENOPROTOOPT, varies: true},
		"TCP_MD5SIG":           setOnly(TCPMD5Sig{Addr: sockaddr(self4), Key: "secret"}, 0),
		"TCP_REPAIR_QUEUE":     {get: EINVAL},                              // not in repair
		"TCP_QUEUE_SEQ":        {get: EINVAL},                              // not in repair
		"TCP_REPAIR_OPTIONS":   setOnly([]TCPRepairOpt{{Code: 2}}, EINVAL), // not in repair
		"TCP_CC_INFO":          {value: make([]byte, 4), set: ENOPROTOOPT},
		"TCP_SAVED_SYN":        {value: make([]byte, 4), set: ENOPROTOOPT},
		"TCP_REPAIR_WINDOW":    {get: EPERM},  // not in repair
		"TCP_ULP":              {set: EINVAL}, // "" names no protocol
		"TCP_MD5SIG_EXT":       setOnly(TCPMD5Sig{Addr: sockaddr(self4), Key: "secret", Flags: 1, Prefixlen: 8}, 0),
		"TCP_FASTOPEN_KEY":     {value: make([]byte, 16), changes: true},
		"TCP_ZEROCOPY_RECEIVE": getOnly,
		"TCP_TIMESTAMP":        {set: EPERM, varies: true}, // not in repair
		"TCP_AO_ADD_KEY":       noAO,
		"TCP_AO_DEL_KEY":       noAO,
		"TCP_AO_INFO":          noAO,
		"TCP_AO_GET_KEYS":      noAO,
		"TCP_AO_REPAIR":        noAO,
		"TCP_IS_MPTCP":         getOnly,
	},
	SOL_PACKET: {
		"PACKET_ADD_MEMBERSHIP":  setOnly(PacketMreq{Ifindex: 1, Type: 1}, 0), // PACKET_MR_PROMISC
		"PACKET_DROP_MEMBERSHIP": setOnly(PacketMreq{Ifindex: 1, Type: 1}, 0), // what isn't there too
		"PACKET_RX_RING":         setOnly(TpacketReq3{}, 0),
		"PACKET_STATISTICS":      getOnly,
		"PACKET_HDRLEN":          getOnly,
		"PACKET_TX_RING":         setOnly(TpacketReq3{}, 0),
		"PACKET_FANOUT":          {set: EINVAL},                     // an interface is to come first
		"PACKET_ROLLOVER_STATS":  {get: EINVAL},                     // in no fanout group
		"PACKET_FANOUT_DATA":     setOnly([]SockFilter{{}}, EINVAL), // in no fanout group
	},
	SOL_NETLINK: {
		"NETLINK_ADD_MEMBERSHIP":   setOnly(1, 0),
		"NETLINK_DROP_MEMBERSHIP":  setOnly(1, 0),
		"NETLINK_LIST_MEMBERSHIPS": getOnly,
	},
	AF_VSOCK: {
		"SO_VM_SOCKETS_PEER_HOST_VM_ID": noVMware,
		"SO_VM_SOCKETS_TRUSTED":         noVMware,
	},
	SOL_MPTCP: {
		"MPTCP_INFO":          {set: ENOPROTOOPT, varies: true},
		"MPTCP_TCPINFO":       {get: EINVAL}, // the size of what is to come goes in
		"MPTCP_SUBFLOW_ADDRS": {get: EINVAL}, // the size of what is to come goes in
		"MPTCP_FULL_INFO":     {set: ENOPROTOOPT, varies: true},
	},
	SOL_TLS: {
		"TLS_TX":               noTLS,
		"TLS_RX":               noTLS,
		"TLS_TX_ZEROCOPY_RO":   noTLS,
		"TLS_RX_EXPECT_NO_PAD": noTLS,
	},
	SOL_XDP: {
		"XDP_MMAP_OFFSETS":         getOnly,
		"XDP_RX_RING":              {get: EOPNOTSUPP, value: 64},
		"XDP_TX_RING":              {get: EOPNOTSUPP, value: 64},
		"XDP_UMEM_REG":             {get: EOPNOTSUPP, value: XDPUmemReg{}, set: EINVAL},
		"XDP_UMEM_FILL_RING":       {get: EOPNOTSUPP, value: 64},
		"XDP_UMEM_COMPLETION_RING": {get: EOPNOTSUPP, value: 64},
		"XDP_STATISTICS":           getOnly,
		"XDP_OPTIONS":              getOnly,
		"XDP_MAX_TX_SKB_BUDGET":    {get: EOPNOTSUPP, value: uint32(32), set: EACCES}, // more than the ring holds
	},
	SOL_ALG: {
		"ALG_SET_KEY":               {open: hmac, get: EOPNOTSUPP, value: []byte("key")},
		"ALG_SET_AEAD_AUTHSIZE":     {open: gcm, get: EOPNOTSUPP, value: 16},
		"ALG_SET_DRBG_ENTROPY":      {open: hmac, get: EOPNOTSUPP, value: []byte("entropy"), set: ENOPROTOOPT}, // no random numbers
		"ALG_SET_KEY_BY_KEY_SERIAL": {open: hmac, get: EOPNOTSUPP, value: math.MaxInt32, set: ENOKEY},
	},
	SOL_CAN_J1939: {
		"SO_J1939_FILTER": setOnly([]J1939Filter{{Pgn: 0x12300, PgnMask: 0x3ff00}}, 0),
	},
	SOL_DCCP: {
		"DCCP_SOCKOPT_GET_CUR_MPS":     getOnly,
		"DCCP_SOCKOPT_SERVER_TIMEWAIT": {set: EOPNOTSUPP}, // no server
		"DCCP_SOCKOPT_AVAILABLE_CCIDS": {value: make([]byte, 4), set: ENOPROTOOPT},
	},
}

// walkSince has the releases that added an option, or let it be read, after Linux 6.1.
var walkSince = map[string]string{
	"ALG_SET_KEY_BY_KEY_SERIAL": "6.2",
	"MPTCP_FULL_INFO":           "6.5",
	"PACKET_VNET_HDR_SZ":        "6.5",
	"SO_PASSPIDFD":              "6.5",
	"SO_PEERPIDFD":              "6.5",
	"CAN_RAW_XL_VCID_OPTS":      "6.9",
	"SO_PEEK_OFF":               "6.9", // of TCP
	"TCP_IS_MPTCP":              "6.10",
	"IP_ROUTER_ALERT":           "6.12",
	"IPV6_ROUTER_ALERT":         "6.12",
	"NETLINK_LISTEN_ALL_NSID":   "6.12",
	"PACKET_COPY_THRESH":        "6.12",
	"SO_RCVPRIORITY":            "6.14",
	"TCP_RTO_MAX_MS":            "6.15",
	"TCP_RTO_MIN_US":            "6.15",
	"TCP_DELACK_MAX_US":         "6.15",
	"SO_PASSRIGHTS":             "6.16",
	"SO_INQ":                    "6.17",
	"XDP_MAX_TX_SKB_BUDGET":     "6.17",
}
