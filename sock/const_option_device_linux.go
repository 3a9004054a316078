package sock

import "golang.org/x/sys/unix"

// Values of options and control messages of packets, XDP, CAN and AF_ALG, and of their fields.

// Operations of CMSG_ALG_SET_OP: <linux/if_alg.h>.
const (
	ALG_OP_DECRYPT = unix.ALG_OP_DECRYPT
	ALG_OP_ENCRYPT = unix.ALG_OP_ENCRYPT
)

// Bits of a CAN identifier and of its filter, and the most filters of a socket: <linux/can.h>, <linux/can/raw.h>.
const (
	CAN_EFF_FLAG       = unix.CAN_EFF_FLAG
	CAN_EFF_MASK       = unix.CAN_EFF_MASK
	CAN_ERR_FLAG       = unix.CAN_ERR_FLAG
	CAN_ERR_MASK       = unix.CAN_ERR_MASK
	CAN_INV_FILTER     = unix.CAN_INV_FILTER
	CAN_RAW_FILTER_MAX = unix.CAN_RAW_FILTER_MAX
	CAN_RTR_FLAG       = unix.CAN_RTR_FLAG
	CAN_SFF_MASK       = unix.CAN_SFF_MASK
)

// Flags of CanIsotpOptions: <linux/can/isotp.h>, which golang.org/x/sys/unix lacks.
const (
	CAN_ISOTP_CF_BROADCAST  = 0x1000
	CAN_ISOTP_CHK_PAD_DATA  = 0x20
	CAN_ISOTP_CHK_PAD_LEN   = 0x10
	CAN_ISOTP_DYN_FC_PARMS  = 0x2000
	CAN_ISOTP_EXTEND_ADDR   = 0x2
	CAN_ISOTP_FORCE_RXSTMIN = 0x100
	CAN_ISOTP_FORCE_TXSTMIN = 0x80
	CAN_ISOTP_HALF_DUPLEX   = 0x40
	CAN_ISOTP_LISTEN_MODE   = 0x1
	CAN_ISOTP_RX_EXT_ADDR   = 0x200
	CAN_ISOTP_RX_PADDING    = 0x8
	CAN_ISOTP_SF_BROADCAST  = 0x800
	CAN_ISOTP_TX_PADDING    = 0x4
	CAN_ISOTP_WAIT_TX_DONE  = 0x400
)

// Flags of CanRawVcidOptions: <linux/can/raw.h>.
const (
	CAN_RAW_XL_VCID_RX_FILTER = unix.CAN_RAW_XL_VCID_RX_FILTER
	CAN_RAW_XL_VCID_TX_PASS   = unix.CAN_RAW_XL_VCID_TX_PASS
	CAN_RAW_XL_VCID_TX_SET    = unix.CAN_RAW_XL_VCID_TX_SET
)

// Special addresses, names and parameter groups of J1939: <linux/can/j1939.h>, which golang.org/x/sys/unix lacks.
const (
	J1939_IDLE_ADDR             = 0xfe
	J1939_MAX_UNICAST_ADDR      = 0xfd
	J1939_NO_ADDR               = 0xff
	J1939_NO_NAME               = 0
	J1939_NO_PGN                = 0x40000
	J1939_PGN_ADDRESS_CLAIMED   = 0xee00
	J1939_PGN_ADDRESS_COMMANDED = 0xfed8
	J1939_PGN_MAX               = 0x3ffff
	J1939_PGN_PDU1_MAX          = 0x3ff00
	J1939_PGN_REQUEST           = 0xea00
)

// Status of the frames and blocks in a ring of AF_PACKET, besides that of Auxdata, and the sizes of headers there: packet(7),
// <linux/if_packet.h>.
const (
	TPACKET_ALIGNMENT         = unix.TPACKET_ALIGNMENT
	TPACKET_HDRLEN            = unix.TPACKET_HDRLEN
	TP_FT_REQ_FILL_RXHASH     = 0x1
	TP_STATUS_AVAILABLE       = unix.TP_STATUS_AVAILABLE
	TP_STATUS_BLK_TMO         = unix.TP_STATUS_BLK_TMO
	TP_STATUS_KERNEL          = unix.TP_STATUS_KERNEL
	TP_STATUS_SENDING         = unix.TP_STATUS_SENDING
	TP_STATUS_SEND_REQUEST    = unix.TP_STATUS_SEND_REQUEST
	TP_STATUS_TS_RAW_HARDWARE = unix.TP_STATUS_TS_RAW_HARDWARE
	TP_STATUS_TS_SOFTWARE     = unix.TP_STATUS_TS_SOFTWARE
	TP_STATUS_TS_SYS_HARDWARE = unix.TP_STATUS_TS_SYS_HARDWARE
	TP_STATUS_WRONG_FORMAT    = unix.TP_STATUS_WRONG_FORMAT
)

// Offsets of mmap(2), and flags of the rings, of an XDP socket: <linux/if_xdp.h>.
const (
	XDP_OPTIONS_ZEROCOPY           = unix.XDP_OPTIONS_ZEROCOPY
	XDP_PGOFF_RX_RING              = unix.XDP_PGOFF_RX_RING
	XDP_PGOFF_TX_RING              = unix.XDP_PGOFF_TX_RING
	XDP_PKT_CONTD                  = unix.XDP_PKT_CONTD
	XDP_RING_NEED_WAKEUP           = unix.XDP_RING_NEED_WAKEUP
	XDP_TXMD_FLAGS_CHECKSUM        = unix.XDP_TXMD_FLAGS_CHECKSUM
	XDP_TXMD_FLAGS_TIMESTAMP       = unix.XDP_TXMD_FLAGS_TIMESTAMP
	XDP_TX_METADATA                = unix.XDP_TX_METADATA
	XDP_UMEM_PGOFF_COMPLETION_RING = unix.XDP_UMEM_PGOFF_COMPLETION_RING
	XDP_UMEM_PGOFF_FILL_RING       = unix.XDP_UMEM_PGOFF_FILL_RING
	XDP_UMEM_TX_METADATA_LEN       = unix.XDP_UMEM_TX_METADATA_LEN
	XDP_UMEM_TX_SW_CSUM            = unix.XDP_UMEM_TX_SW_CSUM
	XDP_UMEM_UNALIGNED_CHUNK_FLAG  = unix.XDP_UMEM_UNALIGNED_CHUNK_FLAG
)
