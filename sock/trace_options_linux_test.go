package sock_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// optionTraces read every option of the catalogue and set it to what was read, or to what the walk expects to be set, as
// TestWalk does; and then bytes of all lengths, which few options are.
func optionTraces() []traceCase {
	var cases []traceCase
	for _, o := range Options() {
		cases = append(cases, traceCase{o.Label(), func(t *testing.T) func() {
			want := walkExpected[o.Level()][o.Label()]
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
	}}, traceCase{"values", simply(traceOptionValues)})
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

// traceOptionBytes sets all options of a level, those without a name too, of a descriptor that isn't there, to values of
// which most are too long or too short.
func traceOptionBytes(fd, level int) {
	lengths := []int{0, 3, 12, 136, 4}
	for name := range 64 { // from there on are netfilter's
		SetsockoptBytes(-1, level, name, make([]byte, lengths[name%len(lengths)]))
	}
	SetsockoptBytes(-1, level, 1, nil)
	for i, length := range lengths {
		GetsockoptBytes(fd, level, i, make([]byte, length))
	}
}

func traceOptionValues() {
	set := func(o AnyOption, p string) { SetsockoptBytes(-1, o.Level(), o.Name(), []byte(p)) }
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
