//go:build unix

package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_IPV6: ipv6(7).
var (
	IPV6_UNICAST_HOPS = listed(IntOption("IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS)) // -1 is the system's default
	IPV6_V6ONLY       = listed(BoolOption("IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY))            // before bind(2)
	IPV6_TCLASS       = listed(IntOption("IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS))             // -1 is the system's default
)
