//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package tcpinfo

import (
	"encoding/binary"
	"runtime"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

const hasQueue = false

// numbers has the option whose structure begins with the state: TCP_INFO, or TCP_CONNECTION_INFO on macOS. DragonFly has none.
var numbers = map[string]int{"darwin": 0x106, "freebsd": 0x20, "netbsd": 9, "openbsd": 9}

// states are named as on Linux, in the order of the BSDs' <netinet/tcp_fsm.h>.
var states = []string{
	"CLOSE", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT1", "CLOSING", "LAST_ACK", "FIN_WAIT2", "TIME_WAIT",
}

// Of returns a socket's state. It asks for an int, which has the structure's first bytes.
func Of(fd int) Info {
	number, ok := numbers[runtime.GOOS]
	if !ok {
		return Info{State: "-"}
	}
	first, err := sock.Getsockopt(fd, sock.IntOption("TCP_INFO", unix.IPPROTO_TCP, number))
	state := binary.NativeEndian.AppendUint32(nil, uint32(first))[0]
	if err != nil || int(state) >= len(states) {
		return Info{State: "-"}
	}
	return Info{State: states[state]}
}
