package sock

import "golang.org/x/sys/unix"

// Options of level SOL_MPTCP: <linux/mptcp.h>.
var (
	MPTCP_INFO          = StructOption[MPTCPInfo]("MPTCP_INFO", unix.SOL_MPTCP, nameMPTCP_INFO)
	MPTCP_TCPINFO       = BytesOption("MPTCP_TCPINFO", unix.SOL_MPTCP, nameMPTCP_TCPINFO) // struct mptcp_subflow_data and a list, also read by the kernel, here and below: use GetsockoptBytes
	MPTCP_SUBFLOW_ADDRS = BytesOption("MPTCP_SUBFLOW_ADDRS", unix.SOL_MPTCP, nameMPTCP_SUBFLOW_ADDRS)
	MPTCP_FULL_INFO     = BytesOption("MPTCP_FULL_INFO", unix.SOL_MPTCP, nameMPTCP_FULL_INFO) // struct mptcp_full_info, which holds pointers
)

// MPTCPInfo is the kernel's information about a Multipath TCP connection, struct mptcp_info of <linux/mptcp.h>. The
// three Last fields are in milliseconds. An older kernel leaves the last fields zero.
type MPTCPInfo struct {
	Subflows           uint8
	AddAddrSignal      uint8
	AddAddrAccepted    uint8
	SubflowsMax        uint8
	AddAddrSignalMax   uint8
	AddAddrAcceptedMax uint8
	_                  [2]uint8
	Flags              uint32
	Token              uint32
	WriteSeq           uint64
	SndUna             uint64
	RcvNxt             uint64
	LocalAddrUsed      uint8
	LocalAddrMax       uint8
	CsumEnabled        uint8
	_                  uint8
	Retransmits        uint32
	BytesRetrans       uint64
	BytesSent          uint64
	BytesReceived      uint64
	BytesAcked         uint64
	SubflowsTotal      uint8
	_                  [3]uint8
	LastDataSent       uint32
	LastDataRecv       uint32
	LastAckRecv        uint32
}
