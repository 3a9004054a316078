package sock

import "golang.org/x/sys/unix"

// Options of level SOL_XDP: <linux/if_xdp.h>.
var (
	XDP_MMAP_OFFSETS         = listed(StructOption[XDPMmapOffsets]("XDP_MMAP_OFFSETS", unix.SOL_XDP, unix.XDP_MMAP_OFFSETS))
	XDP_RX_RING              = listed(IntOption("XDP_RX_RING", unix.SOL_XDP, unix.XDP_RX_RING))
	XDP_TX_RING              = listed(IntOption("XDP_TX_RING", unix.SOL_XDP, unix.XDP_TX_RING))
	XDP_UMEM_REG             = listed(xdpUmemRegOption("XDP_UMEM_REG", unix.SOL_XDP, unix.XDP_UMEM_REG))
	XDP_UMEM_FILL_RING       = listed(IntOption("XDP_UMEM_FILL_RING", unix.SOL_XDP, unix.XDP_UMEM_FILL_RING))
	XDP_UMEM_COMPLETION_RING = listed(IntOption("XDP_UMEM_COMPLETION_RING", unix.SOL_XDP, unix.XDP_UMEM_COMPLETION_RING))
	XDP_STATISTICS           = listed(StructOption[XDPStatistics]("XDP_STATISTICS", unix.SOL_XDP, unix.XDP_STATISTICS))
	XDP_OPTIONS              = listed(Uint32Option("XDP_OPTIONS", unix.SOL_XDP, unix.XDP_OPTIONS))
	XDP_MAX_TX_SKB_BUDGET    = listed(Uint32Option("XDP_MAX_TX_SKB_BUDGET", unix.SOL_XDP, unix.XDP_MAX_TX_SKB_BUDGET))
)

// XDPMmapOffsets is where the parts of the mapped rings are, struct xdp_mmap_offsets of <linux/if_xdp.h>.
type XDPMmapOffsets = unix.XDPMmapOffsets

// XDPStatistics is the value of XDP_STATISTICS, struct xdp_statistics of <linux/if_xdp.h>.
type XDPStatistics = unix.XDPStatistics

// XDPUmemReg is the value of XDP_UMEM_REG, struct xdp_umem_reg of <linux/if_xdp.h>.
// The kernel writes into Umem until the socket is closed: it is to be mapped by mmap(2), not Go's memory.
type XDPUmemReg struct {
	Umem          []byte
	ChunkSize     uint32
	Headroom      uint32
	Flags         uint32
	TxMetadataLen uint32
}

func xdpUmemRegOption(label string, level, name int) Option[XDPUmemReg] {
	return Option[XDPUmemReg]{label, level, name, setOnly[XDPUmemReg], setUmemReg}
}
