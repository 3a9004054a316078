package sock

import "golang.org/x/sys/unix"

// Options of level SOL_PACKET: packet(7). PACKET_TX_TIMESTAMP is a control message, which CMSG_RECVERR reads.
var (
	PACKET_ADD_MEMBERSHIP  = StructOption[PacketMreq]("PACKET_ADD_MEMBERSHIP", unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP)
	PACKET_DROP_MEMBERSHIP = StructOption[PacketMreq]("PACKET_DROP_MEMBERSHIP", unix.SOL_PACKET, unix.PACKET_DROP_MEMBERSHIP)
	PACKET_RX_RING         = StructOption[TpacketReq3]("PACKET_RX_RING", unix.SOL_PACKET, unix.PACKET_RX_RING)          // before TPACKET_V3 the kernel reads only up to Frame_nr
	PACKET_STATISTICS      = StructOption[TpacketStatsV3]("PACKET_STATISTICS", unix.SOL_PACKET, unix.PACKET_STATISTICS) // since the last read; Freeze_q_cnt only with TPACKET_V3
	PACKET_COPY_THRESH     = IntOption("PACKET_COPY_THRESH", unix.SOL_PACKET, unix.PACKET_COPY_THRESH)
	PACKET_AUXDATA         = BoolOption("PACKET_AUXDATA", unix.SOL_PACKET, unix.PACKET_AUXDATA)
	PACKET_ORIGDEV         = BoolOption("PACKET_ORIGDEV", unix.SOL_PACKET, unix.PACKET_ORIGDEV)
	PACKET_VERSION         = IntOption("PACKET_VERSION", unix.SOL_PACKET, unix.PACKET_VERSION) // TPACKET_V1 or later
	PACKET_HDRLEN          = IntOption("PACKET_HDRLEN", unix.SOL_PACKET, unix.PACKET_HDRLEN)   // for TPACKET_V1; for others pass the version in with GetsockoptBytes
	PACKET_RESERVE         = Uint32Option("PACKET_RESERVE", unix.SOL_PACKET, unix.PACKET_RESERVE)
	PACKET_TX_RING         = StructOption[TpacketReq3]("PACKET_TX_RING", unix.SOL_PACKET, unix.PACKET_TX_RING) // like PACKET_RX_RING
	PACKET_LOSS            = BoolOption("PACKET_LOSS", unix.SOL_PACKET, unix.PACKET_LOSS)
	PACKET_VNET_HDR        = BoolOption("PACKET_VNET_HDR", unix.SOL_PACKET, unix.PACKET_VNET_HDR)
	PACKET_TIMESTAMP       = IntOption("PACKET_TIMESTAMP", unix.SOL_PACKET, unix.PACKET_TIMESTAMP) // SOF_TIMESTAMPING_RAW_HARDWARE or 0
	PACKET_FANOUT          = Uint32Option("PACKET_FANOUT", unix.SOL_PACKET, unix.PACKET_FANOUT)    // group number | type <<16 | flags
	PACKET_TX_HAS_OFF      = BoolOption("PACKET_TX_HAS_OFF", unix.SOL_PACKET, unix.PACKET_TX_HAS_OFF)
	PACKET_QDISC_BYPASS    = BoolOption("PACKET_QDISC_BYPASS", unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS)
	PACKET_ROLLOVER_STATS  = StructOption[TpacketRolloverStats]("PACKET_ROLLOVER_STATS", unix.SOL_PACKET, unix.PACKET_ROLLOVER_STATS)
	PACKET_FANOUT_DATA     = FilterOption("PACKET_FANOUT_DATA", unix.SOL_PACKET, unix.PACKET_FANOUT_DATA) // for PACKET_FANOUT_CBPF; for PACKET_FANOUT_EBPF declare an IntOption with this number
	PACKET_IGNORE_OUTGOING = BoolOption("PACKET_IGNORE_OUTGOING", unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING)
	PACKET_VNET_HDR_SZ     = IntOption("PACKET_VNET_HDR_SZ", unix.SOL_PACKET, unix.PACKET_VNET_HDR_SZ)
)

// PacketMreq is the value of PACKET_ADD_MEMBERSHIP, with a Type such as PACKET_MR_PROMISC:
// packet(7), struct packet_mreq.
type PacketMreq = unix.PacketMreq

// TpacketReq3 describes the size of a ring to be mapped: packet(7), struct tpacket_req3.
type TpacketReq3 = unix.TpacketReq3

// TpacketStatsV3 is the value of PACKET_STATISTICS: packet(7), struct tpacket_stats_v3.
type TpacketStatsV3 = unix.TpacketStatsV3

// TpacketRolloverStats is the value of PACKET_ROLLOVER_STATS, struct tpacket_rollover_stats of <linux/if_packet.h>.
type TpacketRolloverStats struct {
	All    uint64
	Huge   uint64
	Failed uint64
}

// Options of level SOL_XDP: <linux/if_xdp.h>.
var (
	XDP_MMAP_OFFSETS         = StructOption[XDPMmapOffsets]("XDP_MMAP_OFFSETS", unix.SOL_XDP, unix.XDP_MMAP_OFFSETS)
	XDP_RX_RING              = IntOption("XDP_RX_RING", unix.SOL_XDP, unix.XDP_RX_RING)
	XDP_TX_RING              = IntOption("XDP_TX_RING", unix.SOL_XDP, unix.XDP_TX_RING)
	XDP_UMEM_REG             = xdpUmemRegOption("XDP_UMEM_REG", unix.SOL_XDP, unix.XDP_UMEM_REG)
	XDP_UMEM_FILL_RING       = IntOption("XDP_UMEM_FILL_RING", unix.SOL_XDP, unix.XDP_UMEM_FILL_RING)
	XDP_UMEM_COMPLETION_RING = IntOption("XDP_UMEM_COMPLETION_RING", unix.SOL_XDP, unix.XDP_UMEM_COMPLETION_RING)
	XDP_STATISTICS           = StructOption[XDPStatistics]("XDP_STATISTICS", unix.SOL_XDP, unix.XDP_STATISTICS)
	XDP_OPTIONS              = Uint32Option("XDP_OPTIONS", unix.SOL_XDP, unix.XDP_OPTIONS)
	XDP_MAX_TX_SKB_BUDGET    = Uint32Option("XDP_MAX_TX_SKB_BUDGET", unix.SOL_XDP, unix.XDP_MAX_TX_SKB_BUDGET)
)

// XDPMmapOffsets holds the offsets of the parts of the mapped rings, struct xdp_mmap_offsets of <linux/if_xdp.h>.
type XDPMmapOffsets = unix.XDPMmapOffsets

// XDPStatistics is the value of XDP_STATISTICS, struct xdp_statistics of <linux/if_xdp.h>.
type XDPStatistics = unix.XDPStatistics

// XDPUmemReg is the value of XDP_UMEM_REG, struct xdp_umem_reg of <linux/if_xdp.h>. The kernel writes into Umem until
// the socket is closed, so it must be memory from mmap(2), not Go memory.
type XDPUmemReg struct {
	Umem          []byte
	ChunkSize     uint32
	Headroom      uint32
	Flags         uint32
	TxMetadataLen uint32
}

func xdpUmemRegOption(name string, level, number int) Option[XDPUmemReg] {
	return Option[XDPUmemReg]{name, level, number, setOnly[XDPUmemReg], setUmemReg}
}

// Options of level SOL_NETLINK: netlink(7).
var (
	NETLINK_ADD_MEMBERSHIP   = IntOption("NETLINK_ADD_MEMBERSHIP", unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP) // a group number, not a mask
	NETLINK_DROP_MEMBERSHIP  = IntOption("NETLINK_DROP_MEMBERSHIP", unix.SOL_NETLINK, unix.NETLINK_DROP_MEMBERSHIP)
	NETLINK_PKTINFO          = BoolOption("NETLINK_PKTINFO", unix.SOL_NETLINK, unix.NETLINK_PKTINFO)
	NETLINK_BROADCAST_ERROR  = BoolOption("NETLINK_BROADCAST_ERROR", unix.SOL_NETLINK, unix.NETLINK_BROADCAST_ERROR)
	NETLINK_NO_ENOBUFS       = BoolOption("NETLINK_NO_ENOBUFS", unix.SOL_NETLINK, unix.NETLINK_NO_ENOBUFS)
	NETLINK_LISTEN_ALL_NSID  = BoolOption("NETLINK_LISTEN_ALL_NSID", unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID)
	NETLINK_LIST_MEMBERSHIPS = SliceOption[uint32]("NETLINK_LIST_MEMBERSHIPS", unix.SOL_NETLINK, unix.NETLINK_LIST_MEMBERSHIPS) // a bit for each group, beginning with the lowest bit of the first number
	NETLINK_CAP_ACK          = BoolOption("NETLINK_CAP_ACK", unix.SOL_NETLINK, unix.NETLINK_CAP_ACK)
	NETLINK_EXT_ACK          = BoolOption("NETLINK_EXT_ACK", unix.SOL_NETLINK, unix.NETLINK_EXT_ACK)
	NETLINK_GET_STRICT_CHK   = BoolOption("NETLINK_GET_STRICT_CHK", unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK)
)
