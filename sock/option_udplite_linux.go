package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_UDPLITE: udplite(7).
var (
	UDPLITE_SEND_CSCOV = listed(IntOption("UDPLITE_SEND_CSCOV", unix.IPPROTO_UDPLITE, nameUDPLITE_SEND_CSCOV))
	UDPLITE_RECV_CSCOV = listed(IntOption("UDPLITE_RECV_CSCOV", unix.IPPROTO_UDPLITE, nameUDPLITE_RECV_CSCOV))
)
