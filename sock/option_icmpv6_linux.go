package sock

import (
	"math"

	"golang.org/x/sys/unix"
)

// Options of level SOL_ICMPV6: RFC 3542 section 3.2.
var (
	ICMPV6_FILTER = StructOption[ICMPv6Filter]("ICMPV6_FILTER", unix.SOL_ICMPV6, unix.ICMPV6_FILTER)
)

// ICMPv6Filter is the value of ICMPV6_FILTER: RFC 3542 section 3.2, struct icmp6_filter.
// The zero value passes every type.
type ICMPv6Filter struct {
	blocked [8]uint32
}

// SetPassAll passes every type: C's ICMP6_FILTER_SETPASSALL.
func (f *ICMPv6Filter) SetPassAll() { *f = ICMPv6Filter{} }

// SetBlockAll blocks every type: C's ICMP6_FILTER_SETBLOCKALL.
func (f *ICMPv6Filter) SetBlockAll() {
	for i := range f.blocked {
		f.blocked[i] = math.MaxUint32
	}
}

// SetPass passes a type: C's ICMP6_FILTER_SETPASS.
func (f *ICMPv6Filter) SetPass(typ uint8) { f.blocked[typ/32] &^= 1 << (typ % 32) }

// SetBlock blocks a type: C's ICMP6_FILTER_SETBLOCK.
func (f *ICMPv6Filter) SetBlock(typ uint8) { f.blocked[typ/32] |= 1 << (typ % 32) }

// WillPass reports whether a type passes: C's ICMP6_FILTER_WILLPASS.
func (f *ICMPv6Filter) WillPass(typ uint8) bool { return f.blocked[typ/32]&(1<<(typ%32)) == 0 }
