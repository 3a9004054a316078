package sock

import "golang.org/x/sys/unix"

// Values of options and control messages of IP, TCP and TLS, and of their fields.

// Values of IP_TOS and IPV6_TCLASS: <netinet/ip.h>, which golang.org/x/sys/unix lacks. The kernel gives the ECN bits of a TCP
// socket values of its own.
const (
	IPTOS_CLASS_CS0   = 0x00
	IPTOS_CLASS_CS1   = 0x20
	IPTOS_CLASS_CS2   = 0x40
	IPTOS_CLASS_CS3   = 0x60
	IPTOS_CLASS_CS4   = 0x80
	IPTOS_CLASS_CS5   = 0xa0
	IPTOS_CLASS_CS6   = 0xc0
	IPTOS_CLASS_CS7   = 0xe0
	IPTOS_DSCP_AF11   = 0x28
	IPTOS_DSCP_AF12   = 0x30
	IPTOS_DSCP_AF13   = 0x38
	IPTOS_DSCP_AF21   = 0x48
	IPTOS_DSCP_AF22   = 0x50
	IPTOS_DSCP_AF23   = 0x58
	IPTOS_DSCP_AF31   = 0x68
	IPTOS_DSCP_AF32   = 0x70
	IPTOS_DSCP_AF33   = 0x78
	IPTOS_DSCP_AF41   = 0x88
	IPTOS_DSCP_AF42   = 0x90
	IPTOS_DSCP_AF43   = 0x98
	IPTOS_DSCP_EF     = 0xb8
	IPTOS_DSCP_LE     = 0x04
	IPTOS_DSCP_MASK   = 0xfc
	IPTOS_DSCP_VA     = 0xb0
	IPTOS_ECN_CE      = 0x03
	IPTOS_ECN_ECT0    = 0x02
	IPTOS_ECN_ECT1    = 0x01
	IPTOS_ECN_MASK    = 0x03
	IPTOS_ECN_NOT_ECT = 0x00
	IPTOS_LOWDELAY    = 0x10
	IPTOS_MINCOST     = 0x02
	IPTOS_RELIABILITY = 0x04
	IPTOS_THROUGHPUT  = 0x08
)

// Filter modes of IP_MSFILTER and MCAST_MSFILTER: ip(7), <linux/in.h>.
const (
	MCAST_EXCLUDE = unix.MCAST_EXCLUDE
	MCAST_INCLUDE = unix.MCAST_INCLUDE
)

// Flags of IPV6_ADDR_PREFERENCES: RFC 5014, <linux/in6.h>, which golang.org/x/sys/unix lacks.
const (
	IPV6_PREFER_SRC_CGA            = 0x0008
	IPV6_PREFER_SRC_COA            = 0x0004
	IPV6_PREFER_SRC_HOME           = 0x0400
	IPV6_PREFER_SRC_NONCGA         = 0x0800
	IPV6_PREFER_SRC_PUBLIC         = 0x0002
	IPV6_PREFER_SRC_PUBTMP_DEFAULT = 0x0100
	IPV6_PREFER_SRC_TMP            = 0x0001
)

// Actions, flags and kinds of sharing of IPV6_FLOWLABEL_MGR: <linux/in6.h>, which golang.org/x/sys/unix lacks.
const (
	IPV6_FL_A_GET     = 0
	IPV6_FL_A_PUT     = 1
	IPV6_FL_A_RENEW   = 2
	IPV6_FL_F_CREATE  = 1
	IPV6_FL_F_EXCL    = 2
	IPV6_FL_F_REFLECT = 4
	IPV6_FL_F_REMOTE  = 8
	IPV6_FL_S_ANY     = 255
	IPV6_FL_S_EXCL    = 1
	IPV6_FL_S_NONE    = 0
	IPV6_FL_S_PROCESS = 2
	IPV6_FL_S_USER    = 3
)

// Values of TCP_REPAIR and TCP_REPAIR_QUEUE: <linux/tcp.h>.
const (
	TCP_NO_QUEUE         = 0
	TCP_RECV_QUEUE       = 1
	TCP_REPAIR_OFF       = unix.TCP_REPAIR_OFF
	TCP_REPAIR_OFF_NO_WP = unix.TCP_REPAIR_OFF_NO_WP
	TCP_REPAIR_ON        = unix.TCP_REPAIR_ON
	TCP_SEND_QUEUE       = 2
)

// Options and CaState of TCPInfo: <linux/tcp.h>, which golang.org/x/sys/unix lacks.
const (
	TCPI_OPT_ECN        = 0x8
	TCPI_OPT_ECN_SEEN   = 0x10
	TCPI_OPT_SACK       = 0x2
	TCPI_OPT_SYN_DATA   = 0x20
	TCPI_OPT_TFO_CHILD  = 0x80
	TCPI_OPT_TIMESTAMPS = 0x1
	TCPI_OPT_USEC_TS    = 0x40
	TCPI_OPT_WSCALE     = 0x4
	TCP_CA_CWR          = 2
	TCP_CA_Disorder     = 1
	TCP_CA_Loss         = 4
	TCP_CA_Open         = 0
	TCP_CA_Recovery     = 3
)

// The flag of TCPMD5Sig for a prefix, that for an interface, and the length of the longest key: <linux/tcp.h>.
const (
	TCP_MD5SIG_FLAG_IFINDEX = unix.TCP_MD5SIG_FLAG_IFINDEX
	TCP_MD5SIG_FLAG_PREFIX  = unix.TCP_MD5SIG_FLAG_PREFIX
	TCP_MD5SIG_MAXKEYLEN    = unix.TCP_MD5SIG_MAXKEYLEN
)

// Flags of MPTCPInfo: <linux/mptcp.h>, which golang.org/x/sys/unix lacks.
const (
	MPTCP_INFO_FLAG_FALLBACK            = 0x1
	MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED = 0x2
)

// Versions and ciphers of TLSCryptoInfo: <linux/tls.h>, which golang.org/x/sys/unix lacks.
const (
	TLS_1_2_VERSION              = 0x303
	TLS_1_3_VERSION              = 0x304
	TLS_CIPHER_AES_CCM_128       = 53
	TLS_CIPHER_AES_GCM_128       = 51
	TLS_CIPHER_AES_GCM_256       = 52
	TLS_CIPHER_ARIA_GCM_128      = 57
	TLS_CIPHER_ARIA_GCM_256      = 58
	TLS_CIPHER_CHACHA20_POLY1305 = 54
	TLS_CIPHER_SM4_CCM           = 56
	TLS_CIPHER_SM4_GCM           = 55
)
