package strace

import (
	"encoding/binary"
	"math/bits"
	"net"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func formatInt(t *Line, o Option) bool {
	if len(o.Value) < 4 {
		return false
	}
	t.indirect(int32(cint(o.Value)))
	return true
}

// orBytes returns a format that shows a value that is too short as bytes.
func orBytes(format optionFormat) optionFormat {
	return func(t *Line, o Option) bool {
		if !format(t, o) {
			t.quotedHex("", o.Value)
		}
		return true
	}
}

func formatAddress(*Line, Option) bool { return false }

func formatLinger(t *Line, o Option) bool {
	return len(o.Value) >= unix.SizeofLinger && formatCutLinger(t, o)
}

func formatCutLinger(t *Line, o Option) bool {
	t.cutStruct("", o.Value, t.int32, "l_onoff", "l_linger")
	return true
}

// cutStruct appends a struct whose fields have four bytes each, up to the end of b. A field in which b ends is shown
// as bytes. Only numbers pass through format: a slice would move the caller's buffer to the heap.
func (t *Line) cutStruct(name string, b []byte, format func(field string, v uint32), fields ...string) {
	t.open(name, "{")
	for i, field := range fields {
		switch v := b[min(4*i, len(b)):]; {
		case len(v) >= 4:
			format(field, binary.NativeEndian.Uint32(v))
		case len(v) > 0:
			t.quotedHex(field, v)
		}
	}
	t.raw("}")
}

func (t *Line) int32(name string, v uint32) { t.int(name, int64(int32(v))) }

func (t *Line) uint32(name string, v uint32) { t.uint(name, uint64(v)) }

func formatUcred(t *Line, o Option) bool {
	t.credentials("", o.Value)
	return true
}

func formatProgram(t *Line, o Option) bool {
	if len(o.Value) != 2*wordSize {
		return false
	}
	t.open("", "{")
	t.uint("len", uint64(binary.NativeEndian.Uint16(o.Value)))
	t.pointer("filter", uintptr(word(o.Value[wordSize:])))
	t.raw("}")
	return true
}

func formatError(t *Line, o Option) bool {
	if len(o.Value) < 4 {
		return false
	}
	t.open("", "[")
	e := syscall.Errno(cint(o.Value))
	if name := errnoName(e); name != "" {
		t.text("", name)
	} else {
		t.uint("", uint64(uint32(e)))
	}
	t.raw("]")
	return true
}

func formatTxrehash(t *Line, o Option) bool {
	if len(o.Value) < 4 {
		return false
	}
	t.open("", "[")
	if v := cint(o.Value); txrehashNames.of(uint64(v)) != "" {
		t.text("", txrehashNames.of(uint64(v)))
	} else {
		t.int("", int64(v))
		t.comment("SOCK_TXREHASH_???")
	}
	t.raw("]")
	return true
}

func formatMreq(t *Line, o Option) bool {
	if len(o.Value) < 8 {
		return false
	}
	t.open("", "{")
	t.inet4("imr_multiaddr", o.Value)
	t.inet4("imr_interface", o.Value[4:])
	t.raw("}")
	return true
}

func formatMreq6(t *Line, o Option) bool {
	if len(o.Value) < 20 {
		return false
	}
	t.open("", "{")
	t.inet6("ipv6mr_multiaddr", o.Value)
	t.ifindex("ipv6mr_interface", binary.NativeEndian.Uint32(o.Value[16:]))
	t.raw("}")
	return true
}

func formatGroupReq(t *Line, o Option) bool {
	if len(o.Value) < wordSize+sockaddrMax {
		return false
	}
	t.open("", "{")
	t.ifindex("gr_interface", binary.NativeEndian.Uint32(o.Value))
	t.sockaddrBytes("gr_group", o.Value[wordSize:])
	t.raw("}")
	return true
}

func formatRing(t *Line, o Option) bool {
	if len(o.Value) != 16 {
		return false
	}
	t.cutStruct("", o.Value, t.uint32, "tp_block_size", "tp_block_nr", "tp_frame_size", "tp_frame_nr")
	return true
}

func formatPacketStats(t *Line, o Option) bool {
	t.cutStruct("", o.Value, t.uint32, "tp_packets", "tp_drops", "tp_freeze_q_cnt")
	return true
}

func formatPacketMreq(t *Line, o Option) bool {
	if len(o.Value) != unix.SizeofPacketMreq {
		return false
	}
	size := binary.NativeEndian.Uint16(o.Value[6:])
	t.open("", "{")
	t.ifindex("mr_ifindex", binary.NativeEndian.Uint32(o.Value))
	t.named("mr_type", packetMreqNames, uint64(binary.NativeEndian.Uint16(o.Value[4:])), "PACKET_MR_???")
	t.uint("mr_alen", uint64(size))
	t.text("mr_address", net.HardwareAddr(o.Value[8:][:min(size, 8)]).String())
	t.raw("}")
	return true
}

// formatICMPFilter appends the message types that are blocked or, if most are, those that aren't.
func formatICMPFilter(t *Line, o Option) bool {
	if len(o.Value) == 0 {
		return false
	}
	b := [4]byte{255, 255, 255, 255}
	copy(b[:], o.Value)
	set := binary.NativeEndian.Uint32(b[:])
	open := "["
	if bits.OnesCount32(set) > 16 {
		open, set = "~[", ^set
	}
	var types []string
	for i := range 32 {
		if set>>i&1 != 0 {
			t := Line{b: []byte("[")}
			t.named("", icmpNames, uint64(i), "ICMP_???")
			types = append(types, string(t.b[1:]))
		}
	}
	t.text("", open+strings.Join(types, " ")+"]")
	return true
}

func formatMemberships(t *Line, o Option) bool {
	t.array("", len(o.Value)/4, func(i int) { t.uint("", uint64(binary.NativeEndian.Uint32(o.Value[4*i:]))) })
	return true
}
