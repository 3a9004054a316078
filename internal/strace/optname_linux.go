package strace

import (
	"slices"

	"golang.org/x/sys/unix"
)

// unknownOptions has the comment for options without a known name, by level. Options of other levels are numbers.
var unknownOptions = map[int]string{
	unix.SOL_SOCKET:   "SO_???",
	unix.IPPROTO_IP:   "IP_???",
	unix.AF_VSOCK:     "SO_VM_???",
	unix.IPPROTO_IPV6: "IPV6_???",
	unix.SOL_PACKET:   "PACKET_???",
	unix.IPPROTO_TCP:  "TCP_???",
	unix.SOL_CAN_RAW:  "CAN_RAW_???",
	unix.SOL_RAW:      "RAW_???",
	unix.SOL_NETLINK:  "NETLINK_???",
	unix.IPPROTO_UDP:  "UDP_???",
	unix.SOL_DCCP:     "DCCP_SOCKOPT_???",
	unix.SOL_ALG:      "ALG_???",
	unix.SOL_TLS:      "TLS_???",
	unix.SOL_XDP:      "XDP_???",
}

// optionName returns the name that strace prints, "" if it doesn't know the option yet.
func optionName(o Option) string {
	if name := otherOptionNames[o.Level].of(uint64(o.Number)); name != "" {
		return name
	}
	if slices.Contains(newerOptions, o.Name) {
		return ""
	}
	return o.Name
}

// newerOptions are options that are newer than strace 6.1, or that it doesn't list at their level.
var newerOptions = []string{
	"SO_PASSPIDFD", "SO_PEERPIDFD", "SO_DEVMEM_DONTNEED", "SO_RCVPRIORITY", "SO_PASSRIGHTS", "SO_INQ",
	"IP_LOCAL_PORT_RANGE", "IP_PROTOCOL", "SO_ORIGINAL_DST", "IP6T_SO_ORIGINAL_DST",
	"TCP_AO_ADD_KEY", "TCP_AO_DEL_KEY", "TCP_AO_INFO", "TCP_AO_GET_KEYS", "TCP_AO_REPAIR", "TCP_IS_MPTCP",
	"TCP_RTO_MAX_MS", "TCP_RTO_MIN_US", "TCP_DELACK_MAX_US",
	"PACKET_VNET_HDR_SZ", "CAN_RAW_XL_FRAMES", "CAN_RAW_XL_VCID_OPTS", "ALG_SET_KEY_BY_KEY_SERIAL",
	"TLS_TX_ZEROCOPY_RO", "TLS_RX_EXPECT_NO_PAD", "XDP_MAX_TX_SKB_BUDGET",
}

// otherOptionNames has, by level, names that differ in strace, and names of options that callers may not know.
var otherOptionNames = map[int]nameTable{
	unix.SOL_SOCKET: {
		{unix.SO_RCVTIMEO, "SO_RCVTIMEO_OLD"},
		{unix.SO_SNDTIMEO, "SO_SNDTIMEO_OLD"},
		{unix.SO_TIMESTAMP, "SO_TIMESTAMP_OLD"},
		{unix.SO_TIMESTAMPNS, "SO_TIMESTAMPNS_OLD"},
		{unix.SO_TIMESTAMPING, "SO_TIMESTAMPING_OLD"},
		{unix.SO_TIMESTAMP_NEW, "SO_TIMESTAMP_NEW"},
		{unix.SO_TIMESTAMPNS_NEW, "SO_TIMESTAMPNS_NEW"},
		{unix.SO_TIMESTAMPING_NEW, "SO_TIMESTAMPING_NEW"},
		{unix.SO_RCVTIMEO_NEW, "SO_RCVTIMEO_NEW"},
		{unix.SO_SNDTIMEO_NEW, "SO_SNDTIMEO_NEW"},
		{unix.SO_SECURITY_AUTHENTICATION, "SO_SECURITY_AUTHENTICATION"},
		{unix.SO_SECURITY_ENCRYPTION_TRANSPORT, "SO_SECURITY_ENCRYPTION_TRANSPORT"},
		{unix.SO_SECURITY_ENCRYPTION_NETWORK, "SO_SECURITY_ENCRYPTION_NETWORK"},
		{unix.SO_PEERNAME, "SO_PEERNAME"},
	},
	unix.IPPROTO_IP: {
		{unix.IP_RECVORIGDSTADDR, "IP_ORIGDSTADDR"},
	},
	unix.IPPROTO_IPV6: {
		{unix.IPV6_NEXTHOP, "IPV6_NEXTHOP"},
		{unix.IPV6_AUTHHDR, "IPV6_AUTHHDR"},
		{unix.IPV6_JOIN_GROUP, "IPV6_ADD_MEMBERSHIP"},
		{unix.IPV6_LEAVE_GROUP, "IPV6_DROP_MEMBERSHIP"},
		{unix.IPV6_HOPLIMIT, "IPV6_HOPLIMIT"},
		{63, "IPV6_USE_MIN_MTU"}, // <linux/in6.h>
		{unix.IPV6_RECVORIGDSTADDR, "IPV6_ORIGDSTADDR"},
	},
	unix.IPPROTO_TCP: {
		{unix.TCP_COOKIE_TRANSACTIONS, "TCP_COOKIE_TRANSACTIONS"},
	},
	unix.SOL_DCCP: { // <linux/dccp.h>
		{1, "DCCP_SOCKOPT_PACKET_SIZE"},
		{3, "DCCP_SOCKOPT_CHANGE_L"},
		{4, "DCCP_SOCKOPT_CHANGE_R"},
		{10, "DCCP_SOCKOPT_SEND_CSCOV"},
		{11, "DCCP_SOCKOPT_RECV_CSCOV"},
		{13, "DCCP_SOCKOPT_CCID"},
		{14, "DCCP_SOCKOPT_TX_CCID"},
		{15, "DCCP_SOCKOPT_RX_CCID"},
		{16, "DCCP_SOCKOPT_QPOLICY_ID"},
		{17, "DCCP_SOCKOPT_QPOLICY_TXQLEN"},
		{128, "DCCP_SOCKOPT_CCID_RX_INFO"},
		{192, "DCCP_SOCKOPT_CCID_TX_INFO"},
	},
	unix.AF_VSOCK: {
		{unix.SO_VM_SOCKETS_CONNECT_TIMEOUT, "SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD"},
		{unix.SO_VM_SOCKETS_NONBLOCK_TXRX, "SO_VM_SOCKETS_NONBLOCK_TXRX"},
		{unix.SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW, "SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW"},
	},
	unix.SOL_PACKET: {
		{unix.PACKET_RECV_OUTPUT, "PACKET_RECV_OUTPUT"},
		{unix.PACKET_TX_TIMESTAMP, "PACKET_TX_TIMESTAMP"},
	},
	unix.SOL_NETLINK: {
		{unix.NETLINK_RX_RING, "NETLINK_RX_RING"},
		{unix.NETLINK_TX_RING, "NETLINK_TX_RING"},
	},
	unix.SOL_ALG: {
		{unix.ALG_SET_IV, "ALG_SET_IV"},
		{unix.ALG_SET_OP, "ALG_SET_OP"},
		{unix.ALG_SET_AEAD_ASSOCLEN, "ALG_SET_AEAD_ASSOCLEN"},
	},
}
