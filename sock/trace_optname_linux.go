package sock

import (
	"sync"

	"golang.org/x/sys/unix"
)

// unknownOptions is what an option of a level looks like whose name isn't known; those of other levels are numbers.
var unknownOptions = map[int]string{
	unix.SOL_SOCKET:   "SO_???",
	unix.IPPROTO_IP:   "IP_???",
	unix.AF_VSOCK:     "SO_VM_???",
	unix.IPPROTO_IPV6: "IPV6_???",
	unix.SOL_PACKET:   "PACKET_???",
	unix.IPPROTO_TCP:  "TCP_???",
	unix.SOL_CAN_RAW:  "CAN_RAW_???",
	unix.SOL_RAW:      "RAW_???",
	unix.SOL_NETLINK:  "NETLINK_???",
	unix.IPPROTO_UDP:  "UDP_???",
	unix.SOL_DCCP:     "DCCP_SOCKOPT_???",
	unix.SOL_ALG:      "ALG_???",
	unix.SOL_TLS:      "TLS_???",
	unix.SOL_XDP:      "XDP_???",
}

// optionNames are the catalogue's labels, but where strace has another name, or is too old to have one.
var optionNames = sync.OnceValue(func() map[optionKey]string {
	names := map[optionKey]string{}
	for _, o := range catalogue {
		names[optionKey{o.Level(), o.Name()}] = o.Label()
	}
	for key, name := range otherOptionNames {
		names[key] = name
	}
	return names
})

var otherOptionNames = map[optionKey]string{}
