package sock_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// optionTraces returns cases that read every option of the catalogue and set it to the same value, or to the value that
// TestWalk sets. One more case uses values of unusual lengths.
func optionTraces() []traceCase {
	var cases []traceCase
	for _, o := range Options() {
		cases = append(cases, traceCase{o.Name(), func(t *testing.T) func() {
			want := walkExpected[o.Level()][o.Name()]
			open := optionSockets[o.Level()]
			if want.open != nil {
				open = want.open
			}
			fd := open(t)
			return func() { traceOption(fd, o, want.value) }
		}})
	}
	return append(cases, traceCase{"options of other lengths", func(t *testing.T) func() {
		fd := tcp4(t)
		return func() {
			for _, level := range slices.Sorted(maps.Keys(optionSockets)) {
				traceOptionBytes(fd, level)
			}
		}
	}}, traceCase{"values", simply(traceOptionValues)}, traceCase{"values that are cut", func(t *testing.T) func() {
		fds := []int{tcp4(t), socket(t, AF_UNIX, SOCK_STREAM, 0)}
		if raw, err := Socket(AF_PACKET, SOCK_RAW, 0); err == nil {
			t.Cleanup(func() { Close(raw) })
			fds = append(fds, raw)
		}
		return func() { traceCutValues(fds) }
	}})
}

// traceCutValues reads options into buffers that end before their values do, or within a field.
func traceCutValues(fds []int) {
	options := []AnyOption{SO_LINGER, SO_PEERCRED, SO_ERROR, SO_TYPE, SO_KEEPALIVE, SO_TXREHASH, SO_RCVTIMEO, TCP_NODELAY, PACKET_STATISTICS}
	for _, o := range options {
		for length := range 14 {
			for _, fd := range fds {
				GetsockoptBytes(fd, o.Level(), o.Number(), make([]byte, length))
			}
		}
	}
}

func traceOption(fd int, o AnyOption, value any) {
	v, err := o.Get(fd)
	closed(v, o)
	if value == nil {
		value = v
	}
	if value != nil {
		o.Set(fd, value)
	}
	if err == nil {
		o.Get(-1)
	}
}

// traceOptionBytes sets all option numbers of a level, including unknown ones, on a bad descriptor. Most
// values are too long or too short.
func traceOptionBytes(fd, level int) {
	lengths := []int{0, 3, 12, 136, 4}
	for number := range 64 { // netfilter's numbers begin at 64
		SetsockoptBytes(-1, level, number, make([]byte, lengths[number%len(lengths)]))
	}
	SetsockoptBytes(-1, level, 1, nil)
	for i, length := range lengths {
		GetsockoptBytes(fd, level, i, make([]byte, length))
	}
}

func traceOptionValues() {
	set := func(o AnyOption, p string) { SetsockoptBytes(-1, o.Level(), o.Number(), []byte(p)) }
	set(SO_TXREHASH, "\x00\x00\x00\x00")
	set(SO_TXREHASH, "\xff\x00\x00\x00")
	set(SO_TXREHASH, "\x07\x00\x00\x00")
	set(ICMP_FILTER, "\x09\x01\x00\x00")
	set(ICMP_FILTER, "\xf0\xff\xff\xff")
	set(ICMP_FILTER, "\x06\x00\x00\x00")
	set(SO_LINGER, "\x01\x00\x00\x00\xff\xff\xff\xff")
	set(SO_BINDTODEVICE, "lo\x00")
	set(TCP_CONGESTION, "cubic")
	set(IP_ADD_MEMBERSHIP, "\xe0\x00\x00\x01\x7f\x00\x00\x01")
	set(PACKET_ADD_MEMBERSHIP, "\x01\x00\x00\x00\x09\x00\x06\x00\x01\x02\x03\x04\x05\xff\x07\x08")
	for _, o := range []AnyOption{SO_LINGER, SO_KEEPALIVE, SO_TXREHASH, ICMP_FILTER, NETLINK_ADD_MEMBERSHIP, MCAST_JOIN_GROUP, IPV6_JOIN_GROUP, PACKET_RX_RING} {
		for _, length := range []int{0, 1, 3, 4, 8, 136, 300} {
			set(o, strings.Repeat("\x01", length))
		}
	}
	Getsockopt(-1, SO_LINGER)
	SetsockoptBytes(-1, SOL_SOCKET, 999, []byte("name"))
	SetsockoptBytes(-1, 999, 5, []byte("name"))
	SetsockoptBytes(-1, -1, -1, []byte("name"))
	SetsockoptBytes(-1, SOL_SOCKET, unix.SO_PEERNAME, nil)
}
