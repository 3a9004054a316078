package main

import (
	"cmp"
	"fmt"
	"reflect"
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
	length, least := tcpInfoLength(fd), ""
	if hasField(length, "MinRtt") {
		least = fmt.Sprintf(", %s at least", usText(info.MinRtt))
	}
	return append(facts, knownFacts(length,
		tcpFact{"Rttvar", microseconds("round_trip_us", info.Rtt, fmt.Sprintf(", varying by %s%s", usText(info.Rttvar), least))},
		tcpFact{"SndMss", fact{Name: "segment_bytes", Value: info.SndMss, text: plural(int(info.SndMss), "byte") + " at most (MSS)"}},
		tcpFact{"Options", fact{Name: "agreed_on", Value: tcpOptions(info.Options), text: cmp.Or(strings.Join(tcpOptions(info.Options), ", "), "no option")}},
	)...)
}

// bulkFacts returns what the kernel knows about a connection that carried much.
func bulkFacts(fd int) []fact {
	info, err := sock.Getsockopt(fd, sock.TCP_INFO)
	if err != nil {
		return nil
	}
	return knownFacts(tcpInfoLength(fd),
		tcpFact{"SegsOut", fact{Name: "retransmits", Value: info.TotalRetrans, text: fmt.Sprintf("%d of %d segments", info.TotalRetrans, info.SegsOut)}},
		tcpFact{"Rtt", microseconds("round_trip_under_load_us", info.Rtt, "")},
		tcpFact{"SndCwnd", fact{Name: "congestion_window_segments", Value: info.SndCwnd, text: plural(int(info.SndCwnd), "segment")}},
		tcpFact{"SndWnd", fact{Name: "receive_window_bytes", Value: info.SndWnd, text: bytesText(float64(info.SndWnd)) + ", as the server advertised last"}},
		tcpFact{"DeliveryRate", fact{Name: "delivery_rate_bytes_per_second", Value: info.DeliveryRate, text: bytesText(float64(info.DeliveryRate)) + "/s"}},
	)
}

// tcpFact is a fact that depends on a field of TCP_INFO.
type tcpFact struct {
	field string
	fact
}

// knownFacts returns the facts whose fields are in the first length bytes.
func knownFacts(length int, all ...tcpFact) (known []fact) {
	for _, f := range all {
		if hasField(length, f.field) {
			known = append(known, f.fact)
		}
	}
	return known
}

// tcpInfoLength returns how many bytes the kernel's TCP_INFO has. The struct grew, so an older kernel's lacks the end.
func tcpInfoLength(fd int) int {
	n, err := sock.GetsockoptBytes(fd, sock.TCP_INFO.Level(), sock.TCP_INFO.Number(), make([]byte, 512))
	if err != nil {
		return 0
	}
	return n
}

// hasField reports whether the first length bytes of TCP_INFO have a field.
func hasField(length int, field string) bool {
	f, ok := reflect.TypeFor[sock.TCPInfo]().FieldByName(field)
	return ok && f.Offset+f.Type.Size() <= uintptr(length)
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
