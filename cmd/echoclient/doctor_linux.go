package main

import (
	"fmt"
	"strings"
	"time"

	"example.com/berkeley/sock"
)

// Bits of tcpi_options: <linux/tcp.h>.
var tcpiOptions = []struct {
	bit  uint8
	name string
}{{1, "timestamps"}, {2, "SACK"}, {4, "window scaling"}, {8, "ECN"}, {32, "fast open"}}

// pathFacts returns what the kernel knows about the path of a socket that has exchanged a few messages.
func pathFacts(fd int) []fact {
	var facts []fact
	info, notTCP := sock.Getsockopt(fd, sock.TCP_INFO)
	if mtu := max(pathMTU(fd), int(info.Pmtu)); mtu > 0 {
		facts = append(facts, fact{Name: "path_mtu_bytes", Value: mtu, text: plural(mtu, "byte")})
	}
	if info, err := sock.Getsockopt(fd, sock.MPTCP_INFO); err == nil {
		facts = append(facts, fact{Name: "mptcp_subflows_added", Value: info.Subflows})
	} else if multipath, err := sock.Getsockopt(fd, sock.SO_PROTOCOL); err == nil && multipath == sock.IPPROTO_MPTCP {
		facts = append(facts, fact{Name: "mptcp", Value: false, text: "no: the server, or something on the path, speaks TCP only"})
	}
	if notTCP != nil {
		return facts
	}
	if name, err := sock.Getsockopt(fd, sock.TCP_CONGESTION); err == nil {
		facts = append(facts, fact{Name: "congestion_control", Value: name})
	}
	return append(facts,
		microseconds("round_trip_us", info.Rtt, fmt.Sprintf(", varying by %s, %s at least", usText(info.Rttvar), usText(info.MinRtt))),
		fact{Name: "segment_bytes", Value: info.SndMss, text: plural(int(info.SndMss), "byte") + " at most (MSS)"},
		fact{Name: "agreed_on", Value: tcpOptions(info.Options), text: strings.Join(tcpOptions(info.Options), ", ")},
	)
}

// bulkFacts returns what the kernel knows about a connection that carried much.
func bulkFacts(fd int) []fact {
	info, err := sock.Getsockopt(fd, sock.TCP_INFO)
	if err != nil {
		return nil
	}
	return []fact{
		{Name: "retransmits", Value: info.TotalRetrans, text: fmt.Sprintf("%d of %d segments", info.TotalRetrans, info.SegsOut)},
		microseconds("round_trip_under_load_us", info.Rtt, ""),
		{Name: "congestion_window_segments", Value: info.SndCwnd, text: plural(int(info.SndCwnd), "segment")},
		{Name: "receive_window_bytes", Value: info.SndWnd, text: bytesText(float64(info.SndWnd)) + ", as the server advertised last"},
		{Name: "delivery_rate_bytes_per_second", Value: info.DeliveryRate, text: bytesText(float64(info.DeliveryRate)) + "/s"},
	}
}

func microseconds(name string, us uint32, more string) fact {
	return fact{Name: name, Value: us, text: usText(us) + more}
}

func usText(us uint32) string { return durationText(time.Duration(us) * time.Microsecond) }

func tcpOptions(bits uint8) []string {
	names := []string{}
	for _, option := range tcpiOptions {
		if bits&option.bit != 0 {
			names = append(names, option.name)
		}
	}
	return names
}

// pathMTU returns the path MTU that the kernel knows, 0 if none.
func pathMTU(fd int) int {
	for _, option := range []sock.Option[int]{sock.IP_MTU, sock.IPV6_MTU} {
		if mtu, err := sock.Getsockopt(fd, option); err == nil {
			return mtu
		}
	}
	return 0
}
