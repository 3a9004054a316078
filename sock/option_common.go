//go:build unix

package sock

import "golang.org/x/sys/unix"

// Options of level SOL_SOCKET that every platform has: socket(7).
var (
	SO_REUSEADDR  = BoolOption("SO_REUSEADDR", unix.SOL_SOCKET, unix.SO_REUSEADDR)
	SO_TYPE       = IntOption("SO_TYPE", unix.SOL_SOCKET, unix.SO_TYPE)
	SO_ERROR      = IntOption("SO_ERROR", unix.SOL_SOCKET, unix.SO_ERROR) // reading clears it; SocketError returns it as an error
	SO_BROADCAST  = BoolOption("SO_BROADCAST", unix.SOL_SOCKET, unix.SO_BROADCAST)
	SO_SNDBUF     = IntOption("SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF) // Linux silently limits the value to net.core.wmem_max, and doubles it
	SO_RCVBUF     = IntOption("SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF) // Linux silently limits the value to net.core.rmem_max, and doubles it
	SO_KEEPALIVE  = BoolOption("SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	SO_OOBINLINE  = BoolOption("SO_OOBINLINE", unix.SOL_SOCKET, unix.SO_OOBINLINE)
	SO_LINGER     = LingerOption("SO_LINGER", unix.SOL_SOCKET, unix.SO_LINGER)
	SO_REUSEPORT  = BoolOption("SO_REUSEPORT", unix.SOL_SOCKET, unix.SO_REUSEPORT)
	SO_RCVLOWAT   = IntOption("SO_RCVLOWAT", unix.SOL_SOCKET, unix.SO_RCVLOWAT)
	SO_RCVTIMEO   = TimevalOption("SO_RCVTIMEO", unix.SOL_SOCKET, unix.SO_RCVTIMEO) // 0 is no limit; after the timeout a call returns EAGAIN
	SO_SNDTIMEO   = TimevalOption("SO_SNDTIMEO", unix.SOL_SOCKET, unix.SO_SNDTIMEO) // on Linux it also limits connect(2), with EINPROGRESS
	SO_ACCEPTCONN = BoolOption("SO_ACCEPTCONN", unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
)

// Options of level IPPROTO_IPV6: ipv6(7).
var (
	IPV6_UNICAST_HOPS = IntOption("IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS) // -1 is the system's default
	IPV6_V6ONLY       = BoolOption("IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)            // set it before bind(2)
	IPV6_TCLASS       = IntOption("IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS)             // -1 is the system's default
)

// Options of level IPPROTO_TCP that every platform has: tcp(7).
var (
	TCP_NODELAY = BoolOption("TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY)
	TCP_MAXSEG  = IntOption("TCP_MAXSEG", unix.IPPROTO_TCP, unix.TCP_MAXSEG)
)
