package strace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

const familySize = 2 // sa_family_t

func (sa address) family() int { return int(binary.NativeEndian.Uint16(sa)) }

// The families that only Linux has. The fields' offsets are those of the C structs.
func (t *Line) sockaddrFieldsHere(sa address) (ok bool) {
	word := func(i int) uint32 { return binary.NativeEndian.Uint32(sa[i:]) }
	half := func(i int) uint16 { return binary.NativeEndian.Uint16(sa[i:]) }
	switch {
	case sa.is(unix.AF_NETLINK, unix.SizeofSockaddrNetlink):
		if half(2) != 0 {
			t.hex("nl_pad", uint64(half(2)))
		}
		t.int("nl_pid", int64(int32(word(4))))
		t.paddedHex("nl_groups", uint64(word(8)), 8)
	case sa.is(unix.AF_PACKET, unix.SizeofSockaddrLinklayer):
		t.ethernet("sll_protocol", sa[2:])
		t.ifindex("sll_ifindex", word(4))
		t.named("sll_hatype", hardwareNames, uint64(half(8)), "ARPHRD_???")
		t.named("sll_pkttype", packetTypeNames, uint64(sa[10]), "PACKET_???")
		t.uint("sll_halen", uint64(sa[11]))
		t.hardwareAddr("sll_addr", sa[12:], int(sa[11]))
	case sa.is(unix.AF_ALG, unix.SizeofSockaddrALG-64+1):
		t.cutString("salg_type", sa[2:16])
		t.flags("salg_feat", uint64(word(16)), "CRYPTO_ALG_???", algFlagNames)
		t.flags("salg_mask", uint64(word(20)), "CRYPTO_ALG_???", algFlagNames)
		t.cutString("salg_name", sa[24:])
	case sa.is(unix.AF_VSOCK, unix.SizeofSockaddrVM):
		if half(2) != 0 {
			t.hex("svm_reserved1", uint64(half(2)))
		}
		t.named("svm_cid", vsockCidNames, uint64(word(8)), "")
		t.named("svm_port", vsockPortNames, uint64(word(4)), "")
		t.flags("svm_flags", uint64(sa[12]), "VMADDR_FLAG_???", vsockFlagNames)
		if [3]byte(sa[13:16]) != [3]byte{} {
			t.quotedHex("svm_zero", sa[13:16])
		}
	case sa.is(unix.AF_XDP, unix.SizeofSockaddrXDP):
		t.flags("sxdp_flags", uint64(half(2)), "XDP_???", xdpFlagNames)
		t.ifindex("sxdp_ifindex", word(4))
		t.uint("sxdp_queue_id", uint64(word(8)))
		if half(2)&unix.XDP_SHARED_UMEM != 0 {
			t.int("sxdp_shared_umem_fd", int64(int32(word(12))))
		} else if word(12) != 0 {
			t.hex("sxdp_shared_umem_fd", uint64(word(12)))
		}
	default:
		return false
	}
	return true
}

// ethernet appends an Ethernet protocol in network byte order.
func (t *Line) ethernet(name string, b []byte) {
	t.text(name, "htons(")
	t.named("", ethernetNames, uint64(binary.BigEndian.Uint16(b)), "ETH_P_???")
	t.raw(")")
}

// hardwareAddr appends a hardware address of n bytes, of which b may have fewer.
func (t *Line) hardwareAddr(name string, b []byte, n int) {
	if n == 0 {
		return
	}
	t.open(name, "[")
	for _, c := range b[:min(n, len(b))] {
		t.paddedHex("", uint64(c), 2)
	}
	if n > len(b) {
		t.text("", "...")
	}
	t.raw("]")
}

// cutString appends a string that should end with a NUL, followed by dots if it doesn't.
func (t *Line) cutString(name string, b []byte) {
	if s := untilNUL(b); len(s) < len(b) {
		t.quoted(name, s)
		return
	}
	t.quoted(name, b[:len(b)-1])
	t.raw("...")
}
