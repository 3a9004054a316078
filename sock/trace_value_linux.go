package sock

import (
	"encoding/binary"
	"math/bits"
	"net"
	"strings"

	"golang.org/x/sys/unix"
)

func formatInt(t *traceLine, o traceOption) bool {
	if len(o.value) < 4 {
		return false
	}
	t.indirect(int32(cint(o.value)))
	return true
}

func formatIntOrBytes(t *traceLine, o traceOption) bool {
	if !formatInt(t, o) {
		t.quotedHex("", o.value)
	}
	return true
}

func formatAddress(*traceLine, traceOption) bool { return false }

func formatLinger(t *traceLine, o traceOption) bool {
	return t.ints(o, 8, "l_onoff", "l_linger")
}

// ints is a struct of C ints, size bytes in all.
func (t *traceLine) ints(o traceOption, size int, fields ...string) bool {
	if len(o.value) < size {
		return false
	}
	t.open("", "{")
	for i, field := range fields {
		t.int(field, int64(cint(o.value[4*i:])))
	}
	t.raw("}")
	return true
}

// uints is a struct of C unsigned ints.
func (t *traceLine) uints(b []byte, fields ...string) {
	t.open("", "{")
	for i, field := range fields {
		t.uint(field, uint64(binary.NativeEndian.Uint32(b[4*i:])))
	}
	t.raw("}")
}

func formatUcred(t *traceLine, o traceOption) bool {
	t.credentials("", o.value)
	return true
}

func formatProgram(t *traceLine, o traceOption) bool {
	if len(o.value) != 2*wordSize {
		return false
	}
	t.open("", "{")
	t.uint("len", uint64(binary.NativeEndian.Uint16(o.value)))
	t.pointer("filter", uintptr(word(o.value[wordSize:])))
	t.raw("}")
	return true
}

func formatError(t *traceLine, o traceOption) bool {
	if len(o.value) < 4 {
		t.quotedHex("", o.value)
		return true
	}
	t.open("", "[")
	e := Errno(cint(o.value))
	if name := ErrnoName(e); name != "" {
		t.text("", name)
	} else {
		t.uint("", uint64(uint32(e)))
	}
	t.raw("]")
	return true
}

func formatTxrehash(t *traceLine, o traceOption) bool {
	if len(o.value) < 4 {
		return false
	}
	t.open("", "[")
	if v := cint(o.value); txrehashNames.of(uint64(v)) != "" {
		t.text("", txrehashNames.of(uint64(v)))
	} else {
		t.int("", int64(v))
		t.comment("SOCK_TXREHASH_???")
	}
	t.raw("]")
	return true
}

func formatMreq(t *traceLine, o traceOption) bool {
	if len(o.value) < 8 {
		return false
	}
	t.open("", "{")
	t.inet4("imr_multiaddr", o.value)
	t.inet4("imr_interface", o.value[4:])
	t.raw("}")
	return true
}

func formatMreq6(t *traceLine, o traceOption) bool {
	if len(o.value) < 20 {
		return false
	}
	t.open("", "{")
	t.inet6("ipv6mr_multiaddr", o.value)
	t.ifindex("ipv6mr_interface", binary.NativeEndian.Uint32(o.value[16:]))
	t.raw("}")
	return true
}

func formatGroupReq(t *traceLine, o traceOption) bool {
	if len(o.value) < wordSize+sockaddrSize {
		return false
	}
	t.open("", "{")
	t.ifindex("gr_interface", binary.NativeEndian.Uint32(o.value))
	t.sockaddrBytes("gr_group", o.value[wordSize:])
	t.raw("}")
	return true
}

func formatRing(t *traceLine, o traceOption) bool {
	if len(o.value) != 16 {
		return false
	}
	t.uints(o.value, "tp_block_size", "tp_block_nr", "tp_frame_size", "tp_frame_nr")
	return true
}

func formatPacketStats(t *traceLine, o traceOption) bool {
	fields := []string{"tp_packets", "tp_drops", "tp_freeze_q_cnt"}
	t.uints(o.value, fields[:min(len(o.value)/4, len(fields))]...)
	return true
}

func formatPacketMreq(t *traceLine, o traceOption) bool {
	if len(o.value) != unix.SizeofPacketMreq {
		return false
	}
	size := binary.NativeEndian.Uint16(o.value[6:])
	t.open("", "{")
	t.ifindex("mr_ifindex", binary.NativeEndian.Uint32(o.value))
	t.named("mr_type", packetMreqNames, uint64(binary.NativeEndian.Uint16(o.value[4:])), "PACKET_MR_???")
	t.uint("mr_alen", uint64(size))
	t.text("mr_address", net.HardwareAddr(o.value[8:][:min(size, 8)]).String())
	t.raw("}")
	return true
}

// formatICMPFilter has the types of messages that are not to come, or, where most are not, those that are.
func formatICMPFilter(t *traceLine, o traceOption) bool {
	if len(o.value) == 0 {
		return false
	}
	b := [4]byte{255, 255, 255, 255}
	copy(b[:], o.value)
	set := binary.NativeEndian.Uint32(b[:])
	open := "["
	if bits.OnesCount32(set) > 16 {
		open, set = "~[", ^set
	}
	var types []string
	for i := range 32 {
		if set>>i&1 != 0 {
			t := traceLine{b: []byte("[")}
			t.named("", icmpNames, uint64(i), "ICMP_???")
			types = append(types, string(t.b[1:]))
		}
	}
	t.text("", open+strings.Join(types, " ")+"]")
	return true
}

func formatMemberships(t *traceLine, o traceOption) bool {
	t.array("", len(o.value)/4, func(i int) { t.uint("", uint64(binary.NativeEndian.Uint32(o.value[4*i:]))) })
	return true
}
