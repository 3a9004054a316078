//go:build unix

package sock

import "golang.org/x/sys/unix"

// Options of level SOL_SOCKET that every platform has: socket(7).
var (
	SO_REUSEADDR  = listed(BoolOption("SO_REUSEADDR", unix.SOL_SOCKET, unix.SO_REUSEADDR))
	SO_TYPE       = listed(IntOption("SO_TYPE", unix.SOL_SOCKET, unix.SO_TYPE))
	SO_ERROR      = listed(IntOption("SO_ERROR", unix.SOL_SOCKET, unix.SO_ERROR)) // reading clears it; SocketError has it as an error
	SO_BROADCAST  = listed(BoolOption("SO_BROADCAST", unix.SOL_SOCKET, unix.SO_BROADCAST))
	SO_SNDBUF     = listed(IntOption("SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF)) // Linux doubles what is set
	SO_RCVBUF     = listed(IntOption("SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF)) // Linux doubles what is set
	SO_KEEPALIVE  = listed(BoolOption("SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE))
	SO_OOBINLINE  = listed(BoolOption("SO_OOBINLINE", unix.SOL_SOCKET, unix.SO_OOBINLINE))
	SO_LINGER     = listed(LingerOption("SO_LINGER", unix.SOL_SOCKET, unix.SO_LINGER))
	SO_REUSEPORT  = listed(BoolOption("SO_REUSEPORT", unix.SOL_SOCKET, unix.SO_REUSEPORT))
	SO_RCVLOWAT   = listed(IntOption("SO_RCVLOWAT", unix.SOL_SOCKET, unix.SO_RCVLOWAT))
	SO_RCVTIMEO   = listed(TimevalOption("SO_RCVTIMEO", unix.SOL_SOCKET, unix.SO_RCVTIMEO)) // 0 is for ever; a call that runs out gives EAGAIN
	SO_SNDTIMEO   = listed(TimevalOption("SO_SNDTIMEO", unix.SOL_SOCKET, unix.SO_SNDTIMEO)) // bounds connect(2) too on Linux, with EINPROGRESS
	SO_ACCEPTCONN = listed(BoolOption("SO_ACCEPTCONN", unix.SOL_SOCKET, unix.SO_ACCEPTCONN))
)
