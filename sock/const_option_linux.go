package sock

import "golang.org/x/sys/unix"

// Levels of getsockopt(2) that golang.org/x/sys/unix lacks: <linux/can/isotp.h>, <linux/can/j1939.h>.
const (
	SOL_CAN_ISOTP = unix.SOL_CAN_BASE + unix.CAN_ISOTP
	SOL_CAN_J1939 = unix.SOL_CAN_BASE + unix.CAN_J1939
)

// Numbers of options that golang.org/x/sys/unix lacks, by the header that has them.
const (
	nameSO_ORIGINAL_DST = 80 // <linux/netfilter_ipv4.h>

	nameIP6T_SO_ORIGINAL_DST = 80 // <linux/netfilter_ipv6/ip6_tables.h>

	// <linux/in6.h>
	nameIPV6_FLOWINFO      = 11
	nameIPV6_FLOWLABEL_MGR = 32
	nameIPV6_FLOWINFO_SEND = 33

	// <linux/tcp.h>
	nameTCP_AO_ADD_KEY  = 38
	nameTCP_AO_DEL_KEY  = 39
	nameTCP_AO_INFO     = 40
	nameTCP_AO_GET_KEYS = 41
	nameTCP_AO_REPAIR   = 42
	nameTCP_IS_MPTCP    = 43

	// <net/udplite.h> of the kernel
	nameUDPLITE_SEND_CSCOV = 10
	nameUDPLITE_RECV_CSCOV = 11

	// <linux/can/raw.h>
	nameCAN_RAW_XL_FRAMES    = 7
	nameCAN_RAW_XL_VCID_OPTS = 8

	// <linux/can/isotp.h>
	nameCAN_ISOTP_OPTS     = 1
	nameCAN_ISOTP_RECV_FC  = 2
	nameCAN_ISOTP_TX_STMIN = 3
	nameCAN_ISOTP_RX_STMIN = 4
	nameCAN_ISOTP_LL_OPTS  = 5

	// <linux/can/j1939.h>
	nameSO_J1939_FILTER    = 1
	nameSO_J1939_PROMISC   = 2
	nameSO_J1939_SEND_PRIO = 3
	nameSO_J1939_ERRQUEUE  = 4

	// <linux/mptcp.h>
	nameMPTCP_INFO          = 1
	nameMPTCP_TCPINFO       = 2
	nameMPTCP_SUBFLOW_ADDRS = 3
	nameMPTCP_FULL_INFO     = 4

	// <linux/tls.h>
	nameTLS_TX               = 1
	nameTLS_RX               = 2
	nameTLS_TX_ZEROCOPY_RO   = 3
	nameTLS_RX_EXPECT_NO_PAD = 4

	// <linux/dccp.h>
	nameDCCP_SOCKOPT_SERVICE         = 2
	nameDCCP_SOCKOPT_GET_CUR_MPS     = 5
	nameDCCP_SOCKOPT_SERVER_TIMEWAIT = 6
	nameDCCP_SOCKOPT_AVAILABLE_CCIDS = 12

	nameSMC_LIMIT_HS = 1 // <linux/smc.h>

	nameMCTP_OPT_ADDR_EXT = 1 // <linux/mctp.h>
)
