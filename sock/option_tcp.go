//go:build unix

package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_TCP that every platform has: tcp(7).
var (
	TCP_NODELAY = listed(BoolOption("TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY))
	TCP_MAXSEG  = listed(IntOption("TCP_MAXSEG", unix.IPPROTO_TCP, unix.TCP_MAXSEG))
)
