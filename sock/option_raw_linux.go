package sock

import "golang.org/x/sys/unix"

// Options of level SOL_RAW: raw(7).
var (
	ICMP_FILTER = listed(Uint32Option("ICMP_FILTER", unix.SOL_RAW, unix.ICMP_FILTER)) // a bit for each type that isn't to come
)
