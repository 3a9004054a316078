package sock

import "golang.org/x/sys/unix"

// Address families: address_families(7), of Linux alone.
const (
	AF_ALG        = unix.AF_ALG
	AF_ASH        = unix.AF_ASH
	AF_ATMPVC     = unix.AF_ATMPVC
	AF_ATMSVC     = unix.AF_ATMSVC
	AF_AX25       = unix.AF_AX25
	AF_BLUETOOTH  = unix.AF_BLUETOOTH
	AF_BRIDGE     = unix.AF_BRIDGE
	AF_CAIF       = unix.AF_CAIF
	AF_CAN        = unix.AF_CAN
	AF_ECONET     = unix.AF_ECONET
	AF_IB         = unix.AF_IB
	AF_IEEE802154 = unix.AF_IEEE802154
	AF_IRDA       = unix.AF_IRDA
	AF_IUCV       = unix.AF_IUCV
	AF_KCM        = unix.AF_KCM
	AF_KEY        = unix.AF_KEY
	AF_LLC        = unix.AF_LLC
	AF_MCTP       = unix.AF_MCTP
	AF_MPLS       = unix.AF_MPLS
	AF_NETBEUI    = unix.AF_NETBEUI
	AF_NETLINK    = unix.AF_NETLINK
	AF_NETROM     = unix.AF_NETROM
	AF_NFC        = unix.AF_NFC
	AF_PACKET     = unix.AF_PACKET
	AF_PHONET     = unix.AF_PHONET
	AF_PPPOX      = unix.AF_PPPOX
	AF_QIPCRTR    = unix.AF_QIPCRTR
	AF_RDS        = unix.AF_RDS
	AF_ROSE       = unix.AF_ROSE
	AF_RXRPC      = unix.AF_RXRPC
	AF_SECURITY   = unix.AF_SECURITY
	AF_SMC        = unix.AF_SMC
	AF_TIPC       = unix.AF_TIPC
	AF_VSOCK      = unix.AF_VSOCK
	AF_WANPIPE    = unix.AF_WANPIPE
	AF_X25        = unix.AF_X25
	AF_XDP        = unix.AF_XDP
)

// Types of socket(2), of Linux alone.
const (
	SOCK_DCCP   = unix.SOCK_DCCP
	SOCK_PACKET = unix.SOCK_PACKET
)

// Protocols of socket(2), which are also the levels of getsockopt(2), of Linux alone.
const (
	IPPROTO_AGGFRAG  = unix.IPPROTO_AGGFRAG
	IPPROTO_BEETPH   = unix.IPPROTO_BEETPH
	IPPROTO_COMP     = unix.IPPROTO_COMP
	IPPROTO_DCCP     = unix.IPPROTO_DCCP
	IPPROTO_ETHERNET = unix.IPPROTO_ETHERNET
	IPPROTO_L2TP     = unix.IPPROTO_L2TP
	IPPROTO_MH       = unix.IPPROTO_MH
	IPPROTO_MPLS     = unix.IPPROTO_MPLS
	IPPROTO_MPTCP    = unix.IPPROTO_MPTCP
	IPPROTO_MTP      = unix.IPPROTO_MTP
	IPPROTO_SCTP     = unix.IPPROTO_SCTP
	IPPROTO_SMC      = unix.IPPROTO_SMC
	IPPROTO_UDPLITE  = unix.IPPROTO_UDPLITE
)

// Levels of getsockopt(2), of Linux alone.
const (
	SOL_AAL      = unix.SOL_AAL
	SOL_ALG      = unix.SOL_ALG
	SOL_ATM      = unix.SOL_ATM
	SOL_CAIF     = unix.SOL_CAIF
	SOL_CAN_BASE = unix.SOL_CAN_BASE
	SOL_CAN_RAW  = unix.SOL_CAN_RAW
	SOL_DCCP     = unix.SOL_DCCP
	SOL_DECNET   = unix.SOL_DECNET
	SOL_ICMPV6   = unix.SOL_ICMPV6
	SOL_IP       = unix.SOL_IP
	SOL_IPV6     = unix.SOL_IPV6
	SOL_IRDA     = unix.SOL_IRDA
	SOL_IUCV     = unix.SOL_IUCV
	SOL_KCM      = unix.SOL_KCM
	SOL_LLC      = unix.SOL_LLC
	SOL_MCTP     = unix.SOL_MCTP
	SOL_MPTCP    = unix.SOL_MPTCP
	SOL_NETBEUI  = unix.SOL_NETBEUI
	SOL_NETLINK  = unix.SOL_NETLINK
	SOL_NFC      = unix.SOL_NFC
	SOL_PACKET   = unix.SOL_PACKET
	SOL_PNPIPE   = unix.SOL_PNPIPE
	SOL_PPPOL2TP = unix.SOL_PPPOL2TP
	SOL_RAW      = unix.SOL_RAW
	SOL_RDS      = unix.SOL_RDS
	SOL_RXRPC    = unix.SOL_RXRPC
	SOL_SMC      = unix.SOL_SMC
	SOL_TCP      = unix.SOL_TCP
	SOL_TIPC     = unix.SOL_TIPC
	SOL_TLS      = unix.SOL_TLS
	SOL_UDP      = unix.SOL_UDP
	SOL_VSOCK    = unix.SOL_VSOCK
	SOL_X25      = unix.SOL_X25
	SOL_XDP      = unix.SOL_XDP
)

// Flags of send(2) and recv(2), of Linux alone.
const (
	MSG_BATCH        = unix.MSG_BATCH
	MSG_CMSG_CLOEXEC = unix.MSG_CMSG_CLOEXEC
	MSG_CONFIRM      = unix.MSG_CONFIRM
	MSG_ERRQUEUE     = unix.MSG_ERRQUEUE
	MSG_FASTOPEN     = unix.MSG_FASTOPEN
	MSG_FIN          = unix.MSG_FIN
	MSG_MORE         = unix.MSG_MORE
	MSG_PROXY        = unix.MSG_PROXY
	MSG_RST          = unix.MSG_RST
	MSG_SOCK_DEVMEM  = unix.MSG_SOCK_DEVMEM
	MSG_SYN          = unix.MSG_SYN
	MSG_WAITFORONE   = unix.MSG_WAITFORONE
	MSG_ZEROCOPY     = unix.MSG_ZEROCOPY
)

// Events of poll(2), of Linux alone.
const (
	POLLRDHUP = unix.POLLRDHUP
)

// Events and operations of epoll_ctl(2).
const (
	EPOLLERR       = unix.EPOLLERR
	EPOLLET        = unix.EPOLLET
	EPOLLEXCLUSIVE = unix.EPOLLEXCLUSIVE
	EPOLLHUP       = unix.EPOLLHUP
	EPOLLIN        = unix.EPOLLIN
	EPOLLMSG       = unix.EPOLLMSG
	EPOLLONESHOT   = unix.EPOLLONESHOT
	EPOLLOUT       = unix.EPOLLOUT
	EPOLLPRI       = unix.EPOLLPRI
	EPOLLRDBAND    = unix.EPOLLRDBAND
	EPOLLRDHUP     = unix.EPOLLRDHUP
	EPOLLRDNORM    = unix.EPOLLRDNORM
	EPOLLWAKEUP    = unix.EPOLLWAKEUP
	EPOLLWRBAND    = unix.EPOLLWRBAND
	EPOLLWRNORM    = unix.EPOLLWRNORM
	EPOLL_CLOEXEC  = unix.EPOLL_CLOEXEC
	EPOLL_CTL_ADD  = unix.EPOLL_CTL_ADD
	EPOLL_CTL_DEL  = unix.EPOLL_CTL_DEL
	EPOLL_CTL_MOD  = unix.EPOLL_CTL_MOD
)

// Wildcards and well-known machines of vsock(7).
const (
	VMADDR_CID_ANY        = unix.VMADDR_CID_ANY
	VMADDR_CID_HOST       = unix.VMADDR_CID_HOST
	VMADDR_CID_HYPERVISOR = unix.VMADDR_CID_HYPERVISOR
	VMADDR_CID_LOCAL      = unix.VMADDR_CID_LOCAL
	VMADDR_PORT_ANY       = unix.VMADDR_PORT_ANY
)
