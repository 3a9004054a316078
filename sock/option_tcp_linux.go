package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_TCP that Linux has beside the common ones: tcp(7).
var (
	TCP_CORK          = listed(BoolOption("TCP_CORK", unix.IPPROTO_TCP, unix.TCP_CORK)) // for 200 ms at most
	TCP_KEEPIDLE      = listed(SecondsOption("TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE))
	TCP_KEEPINTVL     = listed(SecondsOption("TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL))
	TCP_KEEPCNT       = listed(IntOption("TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT))
	TCP_DEFER_ACCEPT  = listed(SecondsOption("TCP_DEFER_ACCEPT", unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT)) // rounded to retransmissions: 1, 3, 7, ... s
	TCP_INFO          = listed(StructOption[TCPInfo]("TCP_INFO", unix.IPPROTO_TCP, unix.TCP_INFO))
	TCP_QUICKACK      = listed(BoolOption("TCP_QUICKACK", unix.IPPROTO_TCP, unix.TCP_QUICKACK)) // doesn't last
	TCP_CONGESTION    = listed(StringOption("TCP_CONGESTION", unix.IPPROTO_TCP, unix.TCP_CONGESTION))
	TCP_USER_TIMEOUT  = listed(MillisecondsOption("TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT))
	TCP_FASTOPEN      = listed(IntOption("TCP_FASTOPEN", unix.IPPROTO_TCP, unix.TCP_FASTOPEN)) // a listener's queue of them
	TCP_NOTSENT_LOWAT = listed(Uint32Option("TCP_NOTSENT_LOWAT", unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT))
)
