//go:build unix

package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const defaultListen = "tcp://127.0.0.1:6543"

func engineNames() []string { return slices.Sorted(maps.Keys(engines)) }

func help() string {
	return `Echoserver sends back what it receives, over raw file descriptors.

	echoserver                                         serve 127.0.0.1, port 6543
	echoserver -listen tcp://[::]:7 -listen udp://[::]:7
	echoserver -listen unix:///tmp/echo -mode message

	-listen ADDRESS
		where to listen; give it as often as you like. Default ` + defaultListen + `
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://. [::] takes IPv4 too, but for tcp6://
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone is TCP, /PATH and @NAME alone are unix streams. Port 0 lets the kernel
		pick one; the address that it became is printed when the server is ready.
	-engine NAME
		how clients are served (default ` + defaultEngine + `):
` + engineHelp + `
	-mode stream | message
		stream: bytes go back as they come (RFC 862). message: receive until the client shuts
		down its writing side, then send everything back and close. Default stream
	-max-message SIZE
		the longest message that -mode message takes; a longer one gets a reset. It is kept in
		memory, which may grow to several times as much. A number of bytes, or one with KiB,
		MiB or GiB. Records count for 16 bytes more than they have. Default 16MiB
	-backlog N
		how many clients may wait to be accepted; the kernel has a limit of its own,
		net.core.somaxconn. Default 4096
	-idle-timeout DURATION
		reset a client that neither sends nor receives for so long; 0 is never. Default 5m
	-grace DURATION
		how long clients have to finish after SIGINT or SIGTERM. Default 5s
	-v	log every connection, not only those that failed
	-trace
		show every call of a socket on standard error, as strace does

SIGINT and SIGTERM stop it: clients already in the queue are served, new ones refused, and it
exits with 0 when the last one is done or the grace is over. A second signal ends it at once.

A client gets back exactly its bytes and the end of the stream, or a reset: never a part that
looks whole, not even if this program is killed. (AF_UNIX has no reset. There, a client sees an
error if bytes of its own were left unread, and otherwise the end, early. An empty record ends a
conversation over unixpacket: the kernel shows it as the end.)

A datagram gets no answer if it comes from port 0 to 1023, from no address at all, or from one
of this server's own: two echo servers would play ping-pong with it for ever.

Exit codes: 0 stopped by a signal, 1 a call failed or a second signal came, 64 wrong usage.
`
}

// parseSize reads a number of bytes: 4096, 64KiB, 16MiB, 1GiB.
func parseSize(s string) (int, error) {
	digits, shift := s, 0
	for unit, bits := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30} {
		if d, ok := strings.CutSuffix(s, unit); ok {
			digits, shift = d, bits
		}
	}
	n, err := strconv.ParseUint(digits, 10, strconv.IntSize-1-shift)
	if err != nil {
		return 0, fmt.Errorf("%q is no size, such as 4096, 64KiB, 16MiB, 1GiB", s)
	}
	return int(n << shift), nil
}
