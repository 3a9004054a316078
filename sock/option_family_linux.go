package sock

import "golang.org/x/sys/unix"

// Options of level SOL_ALG: <linux/if_alg.h>. ALG_SET_IV, ALG_SET_OP and ALG_SET_AEAD_ASSOCLEN are control messages:
// see CMSG_ALG_SET_IV and similar ones.
var (
	ALG_SET_KEY               = BytesOption("ALG_SET_KEY", unix.SOL_ALG, unix.ALG_SET_KEY)
	ALG_SET_AEAD_AUTHSIZE     = lengthOption("ALG_SET_AEAD_AUTHSIZE", unix.SOL_ALG, unix.ALG_SET_AEAD_AUTHSIZE) // passed as the length of a NULL value
	ALG_SET_DRBG_ENTROPY      = BytesOption("ALG_SET_DRBG_ENTROPY", unix.SOL_ALG, unix.ALG_SET_DRBG_ENTROPY)
	ALG_SET_KEY_BY_KEY_SERIAL = IntOption("ALG_SET_KEY_BY_KEY_SERIAL", unix.SOL_ALG, unix.ALG_SET_KEY_BY_KEY_SERIAL)
)

// Options of level AF_VSOCK: vsock(7).
var (
	SO_VM_SOCKETS_BUFFER_SIZE     = StructOption[uint64]("SO_VM_SOCKETS_BUFFER_SIZE", unix.AF_VSOCK, unix.SO_VM_SOCKETS_BUFFER_SIZE)
	SO_VM_SOCKETS_BUFFER_MIN_SIZE = StructOption[uint64]("SO_VM_SOCKETS_BUFFER_MIN_SIZE", unix.AF_VSOCK, unix.SO_VM_SOCKETS_BUFFER_MIN_SIZE)
	SO_VM_SOCKETS_BUFFER_MAX_SIZE = StructOption[uint64]("SO_VM_SOCKETS_BUFFER_MAX_SIZE", unix.AF_VSOCK, unix.SO_VM_SOCKETS_BUFFER_MAX_SIZE)
	SO_VM_SOCKETS_PEER_HOST_VM_ID = IntOption("SO_VM_SOCKETS_PEER_HOST_VM_ID", unix.AF_VSOCK, unix.SO_VM_SOCKETS_PEER_HOST_VM_ID) // VMware only
	SO_VM_SOCKETS_TRUSTED         = IntOption("SO_VM_SOCKETS_TRUSTED", unix.AF_VSOCK, unix.SO_VM_SOCKETS_TRUSTED)                 // VMware only
	SO_VM_SOCKETS_CONNECT_TIMEOUT = TimevalOption("SO_VM_SOCKETS_CONNECT_TIMEOUT", unix.AF_VSOCK, unix.SO_VM_SOCKETS_CONNECT_TIMEOUT)
)

// Options of levels that few kernels have: <linux/dccp.h> (removed in Linux 6.16), <linux/smc.h>, <linux/mctp.h>.
var (
	DCCP_SOCKOPT_SERVICE         = BytesOption("DCCP_SOCKOPT_SERVICE", unix.SOL_DCCP, nameDCCP_SOCKOPT_SERVICE) // 4-byte numbers in network byte order
	DCCP_SOCKOPT_GET_CUR_MPS     = IntOption("DCCP_SOCKOPT_GET_CUR_MPS", unix.SOL_DCCP, nameDCCP_SOCKOPT_GET_CUR_MPS)
	DCCP_SOCKOPT_SERVER_TIMEWAIT = BoolOption("DCCP_SOCKOPT_SERVER_TIMEWAIT", unix.SOL_DCCP, nameDCCP_SOCKOPT_SERVER_TIMEWAIT)
	DCCP_SOCKOPT_AVAILABLE_CCIDS = BytesOption("DCCP_SOCKOPT_AVAILABLE_CCIDS", unix.SOL_DCCP, nameDCCP_SOCKOPT_AVAILABLE_CCIDS)
	SMC_LIMIT_HS                 = BoolOption("SMC_LIMIT_HS", unix.SOL_SMC, nameSMC_LIMIT_HS)
	MCTP_OPT_ADDR_EXT            = BoolOption("MCTP_OPT_ADDR_EXT", unix.SOL_MCTP, nameMCTP_OPT_ADDR_EXT)
)
