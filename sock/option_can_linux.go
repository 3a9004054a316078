package sock

import "golang.org/x/sys/unix"

// Options of levels SOL_CAN_RAW, SOL_CAN_ISOTP and SOL_CAN_J1939: <linux/can/raw.h>, <linux/can/isotp.h>, <linux/can/j1939.h>.
var (
	CAN_RAW_FILTER        = SliceOption[CanFilter]("CAN_RAW_FILTER", unix.SOL_CAN_RAW, unix.CAN_RAW_FILTER)
	CAN_RAW_ERR_FILTER    = Uint32Option("CAN_RAW_ERR_FILTER", unix.SOL_CAN_RAW, unix.CAN_RAW_ERR_FILTER)
	CAN_RAW_LOOPBACK      = BoolOption("CAN_RAW_LOOPBACK", unix.SOL_CAN_RAW, unix.CAN_RAW_LOOPBACK)
	CAN_RAW_RECV_OWN_MSGS = BoolOption("CAN_RAW_RECV_OWN_MSGS", unix.SOL_CAN_RAW, unix.CAN_RAW_RECV_OWN_MSGS)
	CAN_RAW_FD_FRAMES     = BoolOption("CAN_RAW_FD_FRAMES", unix.SOL_CAN_RAW, unix.CAN_RAW_FD_FRAMES)
	CAN_RAW_JOIN_FILTERS  = BoolOption("CAN_RAW_JOIN_FILTERS", unix.SOL_CAN_RAW, unix.CAN_RAW_JOIN_FILTERS)
	CAN_RAW_XL_FRAMES     = BoolOption("CAN_RAW_XL_FRAMES", unix.SOL_CAN_RAW, nameCAN_RAW_XL_FRAMES)
	CAN_RAW_XL_VCID_OPTS  = StructOption[CanRawVcidOptions]("CAN_RAW_XL_VCID_OPTS", unix.SOL_CAN_RAW, nameCAN_RAW_XL_VCID_OPTS)

	CAN_ISOTP_OPTS     = StructOption[CanIsotpOptions]("CAN_ISOTP_OPTS", SOL_CAN_ISOTP, nameCAN_ISOTP_OPTS)
	CAN_ISOTP_RECV_FC  = StructOption[CanIsotpFcOptions]("CAN_ISOTP_RECV_FC", SOL_CAN_ISOTP, nameCAN_ISOTP_RECV_FC)
	CAN_ISOTP_TX_STMIN = Uint32Option("CAN_ISOTP_TX_STMIN", SOL_CAN_ISOTP, nameCAN_ISOTP_TX_STMIN) // nanoseconds
	CAN_ISOTP_RX_STMIN = Uint32Option("CAN_ISOTP_RX_STMIN", SOL_CAN_ISOTP, nameCAN_ISOTP_RX_STMIN) // nanoseconds
	CAN_ISOTP_LL_OPTS  = StructOption[CanIsotpLlOptions]("CAN_ISOTP_LL_OPTS", SOL_CAN_ISOTP, nameCAN_ISOTP_LL_OPTS)

	SO_J1939_FILTER    = SliceOption[J1939Filter]("SO_J1939_FILTER", SOL_CAN_J1939, nameSO_J1939_FILTER)
	SO_J1939_PROMISC   = BoolOption("SO_J1939_PROMISC", SOL_CAN_J1939, nameSO_J1939_PROMISC)
	SO_J1939_SEND_PRIO = IntOption("SO_J1939_SEND_PRIO", SOL_CAN_J1939, nameSO_J1939_SEND_PRIO)
	SO_J1939_ERRQUEUE  = BoolOption("SO_J1939_ERRQUEUE", SOL_CAN_J1939, nameSO_J1939_ERRQUEUE)
)

// CanFilter accepts frames whose ID equals Id in the bits of Mask, struct can_filter of <linux/can.h>.
type CanFilter = unix.CanFilter

// CanRawVcidOptions is the value of CAN_RAW_XL_VCID_OPTS, struct can_raw_vcid_options of <linux/can/raw.h>.
type CanRawVcidOptions struct {
	Flags      uint8
	TxVcid     uint8
	RxVcid     uint8
	RxVcidMask uint8
}

// CanIsotpOptions is the value of CAN_ISOTP_OPTS, struct can_isotp_options of <linux/can/isotp.h>.
// FrameTxtime is in nanoseconds.
type CanIsotpOptions struct {
	Flags        uint32
	FrameTxtime  uint32
	ExtAddress   uint8
	TxpadContent uint8
	RxpadContent uint8
	RxExtAddress uint8
}

// CanIsotpFcOptions is the value of CAN_ISOTP_RECV_FC, struct can_isotp_fc_options of <linux/can/isotp.h>.
type CanIsotpFcOptions struct {
	Bs     uint8
	Stmin  uint8
	Wftmax uint8
}

// CanIsotpLlOptions is the value of CAN_ISOTP_LL_OPTS, struct can_isotp_ll_options of <linux/can/isotp.h>.
type CanIsotpLlOptions struct {
	Mtu     uint8
	TxDl    uint8
	TxFlags uint8
}

// J1939Filter accepts messages whose name, group and address equal these in the bits of their masks, struct
// j1939_filter of <linux/can/j1939.h>. A 64-bit kernel expects the padding even from a 32-bit program.
type J1939Filter struct {
	Name     uint64
	NameMask uint64
	Pgn      uint32
	PgnMask  uint32
	Addr     uint8
	AddrMask uint8
	_        [6]uint8
}
