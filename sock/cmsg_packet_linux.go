package sock

import "golang.org/x/sys/unix"

// Control messages of AF_PACKET, AF_NETLINK and AF_ALG: packet(7), netlink(7).
var (
	CMSG_PACKET_AUXDATA          = makeCmsgType("PACKET_AUXDATA", unix.SOL_PACKET, unix.PACKET_AUXDATA, encodeAuxdata, decodeAuxdata)
	CMSG_NETLINK_PKTINFO         = Uint32CmsgType("NETLINK_PKTINFO", unix.SOL_NETLINK, unix.NETLINK_PKTINFO) // the multicast group
	CMSG_NETLINK_LISTEN_ALL_NSID = IntCmsgType("NETLINK_LISTEN_ALL_NSID", unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID)
	CMSG_ALG_SET_IV              = makeCmsgType("ALG_SET_IV", unix.SOL_ALG, unix.ALG_SET_IV, encodeIV, decodeIV) // the bytes of the vector, at most 60
	CMSG_ALG_SET_OP              = Uint32CmsgType("ALG_SET_OP", unix.SOL_ALG, unix.ALG_SET_OP)
	CMSG_ALG_SET_AEAD_ASSOCLEN   = Uint32CmsgType("ALG_SET_AEAD_ASSOCLEN", unix.SOL_ALG, unix.ALG_SET_AEAD_ASSOCLEN)
)

// Auxdata is the value of CMSG_PACKET_AUXDATA: packet(7), struct tpacket_auxdata. Status is a set of
// TP_STATUS_VLAN_VALID and other TP_STATUS flags. Len is the length of the packet, and Snaplen how much of it was
// kept.
type Auxdata struct {
	Status, Len, Snaplen        uint32
	Mac, Net, VlanTCI, VlanTPID uint16
}

func encodeAuxdata(v Auxdata) (p payload) {
	for _, n := range [...]uint32{v.Status, v.Len, v.Snaplen} {
		p.put32(n)
	}
	for _, n := range [...]uint16{v.Mac, v.Net, v.VlanTCI, v.VlanTPID} {
		p.put16(n)
	}
	return p
}

func decodeAuxdata(p payload) (v Auxdata, ok bool) {
	if p.length != 20 {
		return v, false
	}
	return Auxdata{p.uint32(0), p.uint32(4), p.uint32(8), p.uint16(12), p.uint16(14), p.uint16(16), p.uint16(18)}, true
}

// encodeIV encodes a struct af_alg_iv of <linux/if_alg.h>.
func encodeIV(v string) (p payload) {
	if len(v) <= len(p.data)-4 {
		p.put32(uint32(len(v)))
		p.put([]byte(v)...)
	}
	return p
}

func decodeIV(p payload) (v string, ok bool) {
	if p.length < 4 || p.length > len(p.data) || p.uint32(0) != uint32(p.length-4) {
		return "", false
	}
	return string(p.data[4:p.length]), true
}
