package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_TCP that Linux has beside the common ones: tcp(7).
var (
	TCP_CORK                 = listed(BoolOption("TCP_CORK", unix.IPPROTO_TCP, unix.TCP_CORK)) // for 200 ms at most
	TCP_KEEPIDLE             = listed(SecondsOption("TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE))
	TCP_KEEPINTVL            = listed(SecondsOption("TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL))
	TCP_KEEPCNT              = listed(IntOption("TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT))
	TCP_SYNCNT               = listed(IntOption("TCP_SYNCNT", unix.IPPROTO_TCP, unix.TCP_SYNCNT))
	TCP_LINGER2              = listed(SecondsOption("TCP_LINGER2", unix.IPPROTO_TCP, unix.TCP_LINGER2))           // how long FIN_WAIT2 lasts; negative is not at all
	TCP_DEFER_ACCEPT         = listed(SecondsOption("TCP_DEFER_ACCEPT", unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT)) // rounded to retransmissions: 1, 3, 7, ... s
	TCP_WINDOW_CLAMP         = listed(IntOption("TCP_WINDOW_CLAMP", unix.IPPROTO_TCP, unix.TCP_WINDOW_CLAMP))
	TCP_INFO                 = listed(StructOption[TCPInfo]("TCP_INFO", unix.IPPROTO_TCP, unix.TCP_INFO))
	TCP_QUICKACK             = listed(BoolOption("TCP_QUICKACK", unix.IPPROTO_TCP, unix.TCP_QUICKACK)) // doesn't last
	TCP_CONGESTION           = listed(StringOption("TCP_CONGESTION", unix.IPPROTO_TCP, unix.TCP_CONGESTION))
	TCP_MD5SIG               = listed(tcpMD5SigOption("TCP_MD5SIG", unix.IPPROTO_TCP, unix.TCP_MD5SIG))
	TCP_THIN_LINEAR_TIMEOUTS = listed(BoolOption("TCP_THIN_LINEAR_TIMEOUTS", unix.IPPROTO_TCP, unix.TCP_THIN_LINEAR_TIMEOUTS))
	TCP_THIN_DUPACK          = listed(BoolOption("TCP_THIN_DUPACK", unix.IPPROTO_TCP, unix.TCP_THIN_DUPACK)) // does nothing since Linux 4.11
	TCP_USER_TIMEOUT         = listed(MillisecondsOption("TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT))
	TCP_REPAIR               = listed(IntOption("TCP_REPAIR", unix.IPPROTO_TCP, unix.TCP_REPAIR))
	TCP_REPAIR_QUEUE         = listed(IntOption("TCP_REPAIR_QUEUE", unix.IPPROTO_TCP, unix.TCP_REPAIR_QUEUE))
	TCP_QUEUE_SEQ            = listed(Uint32Option("TCP_QUEUE_SEQ", unix.IPPROTO_TCP, unix.TCP_QUEUE_SEQ))
	TCP_REPAIR_OPTIONS       = listed(SliceOption[TCPRepairOpt]("TCP_REPAIR_OPTIONS", unix.IPPROTO_TCP, unix.TCP_REPAIR_OPTIONS))
	TCP_FASTOPEN             = listed(IntOption("TCP_FASTOPEN", unix.IPPROTO_TCP, unix.TCP_FASTOPEN)) // a listener's queue of them
	TCP_TIMESTAMP            = listed(Uint32Option("TCP_TIMESTAMP", unix.IPPROTO_TCP, unix.TCP_TIMESTAMP))
	TCP_NOTSENT_LOWAT        = listed(Uint32Option("TCP_NOTSENT_LOWAT", unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT))
	TCP_CC_INFO              = listed(BytesOption("TCP_CC_INFO", unix.IPPROTO_TCP, unix.TCP_CC_INFO)) // union tcp_cc_info, by the algorithm
	TCP_SAVE_SYN             = listed(IntOption("TCP_SAVE_SYN", unix.IPPROTO_TCP, unix.TCP_SAVE_SYN))
	TCP_SAVED_SYN            = listed(BytesOption("TCP_SAVED_SYN", unix.IPPROTO_TCP, unix.TCP_SAVED_SYN)) // headers from IP on; reading takes them
	TCP_REPAIR_WINDOW        = listed(StructOption[TCPRepairWindow]("TCP_REPAIR_WINDOW", unix.IPPROTO_TCP, unix.TCP_REPAIR_WINDOW))
	TCP_FASTOPEN_CONNECT     = listed(BoolOption("TCP_FASTOPEN_CONNECT", unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT))
	TCP_ULP                  = listed(StringOption("TCP_ULP", unix.IPPROTO_TCP, unix.TCP_ULP))
	TCP_MD5SIG_EXT           = listed(tcpMD5SigOption("TCP_MD5SIG_EXT", unix.IPPROTO_TCP, unix.TCP_MD5SIG_EXT))
	TCP_FASTOPEN_KEY         = listed(BytesOption("TCP_FASTOPEN_KEY", unix.IPPROTO_TCP, unix.TCP_FASTOPEN_KEY)) // 16 or 32
	TCP_FASTOPEN_NO_COOKIE   = listed(BoolOption("TCP_FASTOPEN_NO_COOKIE", unix.IPPROTO_TCP, unix.TCP_FASTOPEN_NO_COOKIE))
	TCP_ZEROCOPY_RECEIVE     = listed(BytesOption("TCP_ZEROCOPY_RECEIVE", unix.IPPROTO_TCP, unix.TCP_ZEROCOPY_RECEIVE)) // struct tcp_zerocopy_receive, which goes in as well: GetsockoptBytes
	TCP_INQ                  = listed(BoolOption("TCP_INQ", unix.IPPROTO_TCP, unix.TCP_INQ))
	TCP_TX_DELAY             = listed(MicrosecondsOption("TCP_TX_DELAY", unix.IPPROTO_TCP, unix.TCP_TX_DELAY))
	TCP_AO_ADD_KEY           = listed(BytesOption("TCP_AO_ADD_KEY", unix.IPPROTO_TCP, nameTCP_AO_ADD_KEY)) // struct tcp_ao_add, whose bit fields Go lacks, as have the four below
	TCP_AO_DEL_KEY           = listed(BytesOption("TCP_AO_DEL_KEY", unix.IPPROTO_TCP, nameTCP_AO_DEL_KEY))
	TCP_AO_INFO              = listed(BytesOption("TCP_AO_INFO", unix.IPPROTO_TCP, nameTCP_AO_INFO))
	TCP_AO_GET_KEYS          = listed(BytesOption("TCP_AO_GET_KEYS", unix.IPPROTO_TCP, nameTCP_AO_GET_KEYS)) // goes in as well: GetsockoptBytes
	TCP_AO_REPAIR            = listed(BytesOption("TCP_AO_REPAIR", unix.IPPROTO_TCP, nameTCP_AO_REPAIR))
	TCP_IS_MPTCP             = listed(BoolOption("TCP_IS_MPTCP", unix.IPPROTO_TCP, nameTCP_IS_MPTCP))
	TCP_RTO_MAX_MS           = listed(MillisecondsOption("TCP_RTO_MAX_MS", unix.IPPROTO_TCP, unix.TCP_RTO_MAX_MS))
	TCP_RTO_MIN_US           = listed(MicrosecondsOption("TCP_RTO_MIN_US", unix.IPPROTO_TCP, unix.TCP_RTO_MIN_US))
	TCP_DELACK_MAX_US        = listed(MicrosecondsOption("TCP_DELACK_MAX_US", unix.IPPROTO_TCP, unix.TCP_DELACK_MAX_US))
)

// TCPRepairOpt is one of TCP_REPAIR_OPTIONS, struct tcp_repair_opt of <linux/tcp.h>.
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

// TCPMD5Sig is the value of TCP_MD5SIG, struct tcp_md5sig of <linux/tcp.h>: a peer's key of RFC 2385, of 80 bytes at most.
// No Key takes the peer's off. Flags, Prefixlen and Ifindex are for TCP_MD5SIG_EXT.
type TCPMD5Sig struct {
	Addr      Sockaddr
	Flags     uint8
	Prefixlen uint8
	Ifindex   int32
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

func tcpMD5SigOption(label string, level, name int) Option[TCPMD5Sig] {
	return Option[TCPMD5Sig]{label, level, name, setOnly[TCPMD5Sig], setMD5Sig}
}

func setMD5Sig(fd, level, name int, v TCPMD5Sig) error {
	sig := tcpMD5Sig{addr: v.Addr.data, flags: v.Flags, prefixlen: v.Prefixlen, keylen: uint16(len(v.Key)), ifindex: v.Ifindex}
	if len(v.Key) > len(sig.key) {
		return EINVAL
	}
	copy(sig.key[:], v.Key)
	return setStruct(fd, level, name, sig)
}
