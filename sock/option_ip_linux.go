package sock

import "golang.org/x/sys/unix"

// Options of level IPPROTO_IP: ip(7).
var (
	IP_TOS                  = listed(IntOption("IP_TOS", unix.IPPROTO_IP, unix.IP_TOS))
	IP_TTL                  = listed(IntOption("IP_TTL", unix.IPPROTO_IP, unix.IP_TTL)) // -1 is the system's default
	IP_FREEBIND             = listed(BoolOption("IP_FREEBIND", unix.IPPROTO_IP, unix.IP_FREEBIND))
	IP_TRANSPARENT          = listed(BoolOption("IP_TRANSPARENT", unix.IPPROTO_IP, unix.IP_TRANSPARENT))
	IP_BIND_ADDRESS_NO_PORT = listed(BoolOption("IP_BIND_ADDRESS_NO_PORT", unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT))
)
