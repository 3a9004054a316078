package sock

import "golang.org/x/sys/unix"

// Options of levels that few kernels have: <linux/dccp.h>, gone since Linux 6.16, <linux/smc.h>, <linux/mctp.h>.
var (
	DCCP_SOCKOPT_SERVICE         = listed(BytesOption("DCCP_SOCKOPT_SERVICE", unix.SOL_DCCP, nameDCCP_SOCKOPT_SERVICE)) // numbers of 4 bytes in network byte order
	DCCP_SOCKOPT_GET_CUR_MPS     = listed(IntOption("DCCP_SOCKOPT_GET_CUR_MPS", unix.SOL_DCCP, nameDCCP_SOCKOPT_GET_CUR_MPS))
	DCCP_SOCKOPT_SERVER_TIMEWAIT = listed(BoolOption("DCCP_SOCKOPT_SERVER_TIMEWAIT", unix.SOL_DCCP, nameDCCP_SOCKOPT_SERVER_TIMEWAIT))
	DCCP_SOCKOPT_AVAILABLE_CCIDS = listed(BytesOption("DCCP_SOCKOPT_AVAILABLE_CCIDS", unix.SOL_DCCP, nameDCCP_SOCKOPT_AVAILABLE_CCIDS))
	SMC_LIMIT_HS                 = listed(BoolOption("SMC_LIMIT_HS", unix.SOL_SMC, nameSMC_LIMIT_HS))
	MCTP_OPT_ADDR_EXT            = listed(BoolOption("MCTP_OPT_ADDR_EXT", unix.SOL_MCTP, nameMCTP_OPT_ADDR_EXT))
)
