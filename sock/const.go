//go:build unix

package sock

import "golang.org/x/sys/unix"

// Address families: address_families(7).
const (
	AF_APPLETALK = unix.AF_APPLETALK
	AF_INET      = unix.AF_INET
	AF_INET6     = unix.AF_INET6
	AF_IPX       = unix.AF_IPX
	AF_ISDN      = unix.AF_ISDN
	AF_LOCAL     = unix.AF_LOCAL
	AF_ROUTE     = unix.AF_ROUTE
	AF_SNA       = unix.AF_SNA
	AF_UNIX      = unix.AF_UNIX
	AF_UNSPEC    = unix.AF_UNSPEC
)

// Types of socket(2).
const (
	SOCK_DGRAM     = unix.SOCK_DGRAM
	SOCK_RAW       = unix.SOCK_RAW
	SOCK_RDM       = unix.SOCK_RDM
	SOCK_SEQPACKET = unix.SOCK_SEQPACKET
	SOCK_STREAM    = unix.SOCK_STREAM
)

// Protocols of socket(2), which are also the levels of getsockopt(2).
const (
	IPPROTO_AH       = unix.IPPROTO_AH
	IPPROTO_DSTOPTS  = unix.IPPROTO_DSTOPTS
	IPPROTO_EGP      = unix.IPPROTO_EGP
	IPPROTO_ENCAP    = unix.IPPROTO_ENCAP
	IPPROTO_ESP      = unix.IPPROTO_ESP
	IPPROTO_FRAGMENT = unix.IPPROTO_FRAGMENT
	IPPROTO_GRE      = unix.IPPROTO_GRE
	IPPROTO_HOPOPTS  = unix.IPPROTO_HOPOPTS
	IPPROTO_ICMP     = unix.IPPROTO_ICMP
	IPPROTO_ICMPV6   = unix.IPPROTO_ICMPV6
	IPPROTO_IDP      = unix.IPPROTO_IDP
	IPPROTO_IGMP     = unix.IPPROTO_IGMP
	IPPROTO_IP       = unix.IPPROTO_IP
	IPPROTO_IPIP     = unix.IPPROTO_IPIP
	IPPROTO_IPV6     = unix.IPPROTO_IPV6
	IPPROTO_NONE     = unix.IPPROTO_NONE
	IPPROTO_PIM      = unix.IPPROTO_PIM
	IPPROTO_PUP      = unix.IPPROTO_PUP
	IPPROTO_RAW      = unix.IPPROTO_RAW
	IPPROTO_ROUTING  = unix.IPPROTO_ROUTING
	IPPROTO_RSVP     = unix.IPPROTO_RSVP
	IPPROTO_TCP      = unix.IPPROTO_TCP
	IPPROTO_TP       = unix.IPPROTO_TP
	IPPROTO_UDP      = unix.IPPROTO_UDP
)

// Levels of getsockopt(2).
const (
	SOL_SOCKET = unix.SOL_SOCKET
)

// Flags of send(2) and recv(2).
const (
	MSG_CTRUNC    = unix.MSG_CTRUNC
	MSG_DONTROUTE = unix.MSG_DONTROUTE
	MSG_DONTWAIT  = unix.MSG_DONTWAIT
	MSG_EOR       = unix.MSG_EOR
	MSG_NOSIGNAL  = unix.MSG_NOSIGNAL
	MSG_OOB       = unix.MSG_OOB
	MSG_PEEK      = unix.MSG_PEEK
	MSG_TRUNC     = unix.MSG_TRUNC
	MSG_WAITALL   = unix.MSG_WAITALL
)

// Ways of shutdown(2).
const (
	SHUT_RD   = unix.SHUT_RD
	SHUT_RDWR = unix.SHUT_RDWR
	SHUT_WR   = unix.SHUT_WR
)

// Events of poll(2).
const (
	POLLERR  = unix.POLLERR
	POLLHUP  = unix.POLLHUP
	POLLIN   = unix.POLLIN
	POLLNVAL = unix.POLLNVAL
	POLLOUT  = unix.POLLOUT
	POLLPRI  = unix.POLLPRI
)

// The usual limit of the backlog of listen(2).
const (
	SOMAXCONN = unix.SOMAXCONN
)
