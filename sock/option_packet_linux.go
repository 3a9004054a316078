package sock

import "golang.org/x/sys/unix"

// Options of level SOL_PACKET: packet(7).
// PACKET_TX_TIMESTAMP isn't here: it is a control message, one of those that CMSG_RECVERR reads.
var (
	PACKET_ADD_MEMBERSHIP  = listed(StructOption[PacketMreq]("PACKET_ADD_MEMBERSHIP", unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP))
	PACKET_DROP_MEMBERSHIP = listed(StructOption[PacketMreq]("PACKET_DROP_MEMBERSHIP", unix.SOL_PACKET, unix.PACKET_DROP_MEMBERSHIP))
	PACKET_RX_RING         = listed(StructOption[TpacketReq3]("PACKET_RX_RING", unix.SOL_PACKET, unix.PACKET_RX_RING))          // before TPACKET_V3 the kernel reads as far as Frame_nr
	PACKET_STATISTICS      = listed(StructOption[TpacketStatsV3]("PACKET_STATISTICS", unix.SOL_PACKET, unix.PACKET_STATISTICS)) // since the last reading; Freeze_q_cnt with TPACKET_V3
	PACKET_COPY_THRESH     = listed(IntOption("PACKET_COPY_THRESH", unix.SOL_PACKET, unix.PACKET_COPY_THRESH))
	PACKET_AUXDATA         = listed(BoolOption("PACKET_AUXDATA", unix.SOL_PACKET, unix.PACKET_AUXDATA))
	PACKET_ORIGDEV         = listed(BoolOption("PACKET_ORIGDEV", unix.SOL_PACKET, unix.PACKET_ORIGDEV))
	PACKET_VERSION         = listed(IntOption("PACKET_VERSION", unix.SOL_PACKET, unix.PACKET_VERSION)) // TPACKET_V1 and on
	PACKET_HDRLEN          = listed(IntOption("PACKET_HDRLEN", unix.SOL_PACKET, unix.PACKET_HDRLEN))   // of TPACKET_V1; for others a version goes in by GetsockoptBytes
	PACKET_RESERVE         = listed(Uint32Option("PACKET_RESERVE", unix.SOL_PACKET, unix.PACKET_RESERVE))
	PACKET_TX_RING         = listed(StructOption[TpacketReq3]("PACKET_TX_RING", unix.SOL_PACKET, unix.PACKET_TX_RING)) // as PACKET_RX_RING
	PACKET_LOSS            = listed(BoolOption("PACKET_LOSS", unix.SOL_PACKET, unix.PACKET_LOSS))
	PACKET_VNET_HDR        = listed(BoolOption("PACKET_VNET_HDR", unix.SOL_PACKET, unix.PACKET_VNET_HDR))
	PACKET_TIMESTAMP       = listed(IntOption("PACKET_TIMESTAMP", unix.SOL_PACKET, unix.PACKET_TIMESTAMP)) // SOF_TIMESTAMPING_RAW_HARDWARE or none
	PACKET_FANOUT          = listed(Uint32Option("PACKET_FANOUT", unix.SOL_PACKET, unix.PACKET_FANOUT))    // a group's number, its type <<16 and flags
	PACKET_TX_HAS_OFF      = listed(BoolOption("PACKET_TX_HAS_OFF", unix.SOL_PACKET, unix.PACKET_TX_HAS_OFF))
	PACKET_QDISC_BYPASS    = listed(BoolOption("PACKET_QDISC_BYPASS", unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS))
	PACKET_ROLLOVER_STATS  = listed(StructOption[TpacketRolloverStats]("PACKET_ROLLOVER_STATS", unix.SOL_PACKET, unix.PACKET_ROLLOVER_STATS))
	PACKET_FANOUT_DATA     = listed(FilterOption("PACKET_FANOUT_DATA", unix.SOL_PACKET, unix.PACKET_FANOUT_DATA)) // of PACKET_FANOUT_CBPF; of PACKET_FANOUT_EBPF an IntOption of the same number
	PACKET_IGNORE_OUTGOING = listed(BoolOption("PACKET_IGNORE_OUTGOING", unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING))
	PACKET_VNET_HDR_SZ     = listed(IntOption("PACKET_VNET_HDR_SZ", unix.SOL_PACKET, unix.PACKET_VNET_HDR_SZ))
)

// PacketMreq is what PACKET_ADD_MEMBERSHIP asks for, PACKET_MR_PROMISC for example: packet(7), struct packet_mreq.
type PacketMreq = unix.PacketMreq

// TpacketReq3 is the size of a ring that is to be mapped: packet(7), struct tpacket_req3.
type TpacketReq3 = unix.TpacketReq3

// TpacketStatsV3 is the value of PACKET_STATISTICS: packet(7), struct tpacket_stats_v3.
type TpacketStatsV3 = unix.TpacketStatsV3

// TpacketRolloverStats is the value of PACKET_ROLLOVER_STATS, struct tpacket_rollover_stats of <linux/if_packet.h>.
type TpacketRolloverStats struct {
	All    uint64
	Huge   uint64
	Failed uint64
}
