package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_TCP that only Linux has: tcp(7).
var (
	TCP_CORK                 = BoolOption("TCP_CORK", unix.IPPROTO_TCP, unix.TCP_CORK) // for 200 ms at most
	TCP_KEEPIDLE             = SecondsOption("TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
	TCP_KEEPINTVL            = SecondsOption("TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)
	TCP_KEEPCNT              = IntOption("TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
	TCP_SYNCNT               = IntOption("TCP_SYNCNT", unix.IPPROTO_TCP, unix.TCP_SYNCNT)
	TCP_LINGER2              = SecondsOption("TCP_LINGER2", unix.IPPROTO_TCP, unix.TCP_LINGER2)           // duration of FIN_WAIT2; negative skips the state
	TCP_DEFER_ACCEPT         = SecondsOption("TCP_DEFER_ACCEPT", unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT) // rounded to the times of retransmissions: 1, 3, 7, ... s
	TCP_WINDOW_CLAMP         = IntOption("TCP_WINDOW_CLAMP", unix.IPPROTO_TCP, unix.TCP_WINDOW_CLAMP)
	TCP_INFO                 = StructOption[TCPInfo]("TCP_INFO", unix.IPPROTO_TCP, unix.TCP_INFO)
	TCP_QUICKACK             = BoolOption("TCP_QUICKACK", unix.IPPROTO_TCP, unix.TCP_QUICKACK) // not permanent
	TCP_CONGESTION           = StringOption("TCP_CONGESTION", unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	TCP_MD5SIG               = tcpMD5SigOption("TCP_MD5SIG", unix.IPPROTO_TCP, unix.TCP_MD5SIG)
	TCP_THIN_LINEAR_TIMEOUTS = BoolOption("TCP_THIN_LINEAR_TIMEOUTS", unix.IPPROTO_TCP, unix.TCP_THIN_LINEAR_TIMEOUTS)
	TCP_THIN_DUPACK          = BoolOption("TCP_THIN_DUPACK", unix.IPPROTO_TCP, unix.TCP_THIN_DUPACK) // does nothing since Linux 4.11
	TCP_USER_TIMEOUT         = MillisecondsOption("TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	TCP_REPAIR               = IntOption("TCP_REPAIR", unix.IPPROTO_TCP, unix.TCP_REPAIR)
	TCP_REPAIR_QUEUE         = IntOption("TCP_REPAIR_QUEUE", unix.IPPROTO_TCP, unix.TCP_REPAIR_QUEUE)
	TCP_QUEUE_SEQ            = Uint32Option("TCP_QUEUE_SEQ", unix.IPPROTO_TCP, unix.TCP_QUEUE_SEQ)
	TCP_REPAIR_OPTIONS       = SliceOption[TCPRepairOpt]("TCP_REPAIR_OPTIONS", unix.IPPROTO_TCP, unix.TCP_REPAIR_OPTIONS)
	TCP_FASTOPEN             = IntOption("TCP_FASTOPEN", unix.IPPROTO_TCP, unix.TCP_FASTOPEN) // the length of a listener's queue
	TCP_TIMESTAMP            = Uint32Option("TCP_TIMESTAMP", unix.IPPROTO_TCP, unix.TCP_TIMESTAMP)
	TCP_NOTSENT_LOWAT        = Uint32Option("TCP_NOTSENT_LOWAT", unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT)
	TCP_CC_INFO              = BytesOption("TCP_CC_INFO", unix.IPPROTO_TCP, unix.TCP_CC_INFO) // union tcp_cc_info, depending on the algorithm
	TCP_SAVE_SYN             = IntOption("TCP_SAVE_SYN", unix.IPPROTO_TCP, unix.TCP_SAVE_SYN)
	TCP_SAVED_SYN            = BytesOption("TCP_SAVED_SYN", unix.IPPROTO_TCP, unix.TCP_SAVED_SYN) // headers from IP on; reading removes them
	TCP_REPAIR_WINDOW        = StructOption[TCPRepairWindow]("TCP_REPAIR_WINDOW", unix.IPPROTO_TCP, unix.TCP_REPAIR_WINDOW)
	TCP_FASTOPEN_CONNECT     = BoolOption("TCP_FASTOPEN_CONNECT", unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT)
	TCP_ULP                  = StringOption("TCP_ULP", unix.IPPROTO_TCP, unix.TCP_ULP)
	TCP_MD5SIG_EXT           = tcpMD5SigOption("TCP_MD5SIG_EXT", unix.IPPROTO_TCP, unix.TCP_MD5SIG_EXT)
	TCP_FASTOPEN_KEY         = BytesOption("TCP_FASTOPEN_KEY", unix.IPPROTO_TCP, unix.TCP_FASTOPEN_KEY) // 16 or 32 bytes
	TCP_FASTOPEN_NO_COOKIE   = BoolOption("TCP_FASTOPEN_NO_COOKIE", unix.IPPROTO_TCP, unix.TCP_FASTOPEN_NO_COOKIE)
	TCP_ZEROCOPY_RECEIVE     = BytesOption("TCP_ZEROCOPY_RECEIVE", unix.IPPROTO_TCP, unix.TCP_ZEROCOPY_RECEIVE) // struct tcp_zerocopy_receive, also read by the kernel: use GetsockoptBytes
	TCP_INQ                  = BoolOption("TCP_INQ", unix.IPPROTO_TCP, unix.TCP_INQ)
	TCP_TX_DELAY             = MicrosecondsOption("TCP_TX_DELAY", unix.IPPROTO_TCP, unix.TCP_TX_DELAY)
	TCP_AO_ADD_KEY           = BytesOption("TCP_AO_ADD_KEY", unix.IPPROTO_TCP, nameTCP_AO_ADD_KEY) // struct tcp_ao_add; like the four below it has bit fields, which Go lacks
	TCP_AO_DEL_KEY           = BytesOption("TCP_AO_DEL_KEY", unix.IPPROTO_TCP, nameTCP_AO_DEL_KEY)
	TCP_AO_INFO              = BytesOption("TCP_AO_INFO", unix.IPPROTO_TCP, nameTCP_AO_INFO)
	TCP_AO_GET_KEYS          = BytesOption("TCP_AO_GET_KEYS", unix.IPPROTO_TCP, nameTCP_AO_GET_KEYS) // also read by the kernel: use GetsockoptBytes
	TCP_AO_REPAIR            = BytesOption("TCP_AO_REPAIR", unix.IPPROTO_TCP, nameTCP_AO_REPAIR)
	TCP_IS_MPTCP             = BoolOption("TCP_IS_MPTCP", unix.IPPROTO_TCP, nameTCP_IS_MPTCP)
	TCP_RTO_MAX_MS           = MillisecondsOption("TCP_RTO_MAX_MS", unix.IPPROTO_TCP, unix.TCP_RTO_MAX_MS)
	TCP_RTO_MIN_US           = MicrosecondsOption("TCP_RTO_MIN_US", unix.IPPROTO_TCP, unix.TCP_RTO_MIN_US)
	TCP_DELACK_MAX_US        = MicrosecondsOption("TCP_DELACK_MAX_US", unix.IPPROTO_TCP, unix.TCP_DELACK_MAX_US)
)

// TCPRepairOpt is an element of TCP_REPAIR_OPTIONS, struct tcp_repair_opt of <linux/tcp.h>.
type TCPRepairOpt struct {
	Code uint32
	Val  uint32
}

// TCPRepairWindow is the value of TCP_REPAIR_WINDOW, struct tcp_repair_window of <linux/tcp.h>.
type TCPRepairWindow struct {
	SndWl1    uint32
	SndWnd    uint32
	MaxWindow uint32
	RcvWnd    uint32
	RcvWup    uint32
}

// TCPMD5Sig is the value of TCP_MD5SIG, struct tcp_md5sig of <linux/tcp.h>: a peer's key for RFC 2385, at most 80
// bytes. An empty Key removes the peer's key. Flags, Prefixlen and Ifindex are for TCP_MD5SIG_EXT.
type TCPMD5Sig struct {
	Addr      Sockaddr
	Flags     uint8
	Prefixlen uint8
	Ifindex   int
	Key       string
}

// tcpMD5Sig is the kernel's form of TCPMD5Sig.
type tcpMD5Sig struct {
	addr      [sockaddrSize]byte
	flags     uint8
	prefixlen uint8
	keylen    uint16
	ifindex   int32
	key       [80]byte
}

func tcpMD5SigOption(name string, level, number int) Option[TCPMD5Sig] {
	return Option[TCPMD5Sig]{name, level, number, setOnly[TCPMD5Sig], setMD5Sig}
}

func setMD5Sig(fd, level, number int, v TCPMD5Sig) error {
	sig := tcpMD5Sig{addr: v.Addr.data, flags: v.Flags, prefixlen: v.Prefixlen, keylen: uint16(len(v.Key)), ifindex: int32(v.Ifindex)}
	if len(v.Key) > len(sig.key) || v.Ifindex != int(sig.ifindex) {
		return EINVAL
	}
	copy(sig.key[:], v.Key)
	return setStruct(fd, level, number, sig)
}
