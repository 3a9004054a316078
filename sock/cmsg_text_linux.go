package sock

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// String returns C's name of the type, and the data: a number as such, "IP_TTL: 64", and all else in hexadecimal.
func (c Cmsg) String() string {
	for _, t := range cmsgTypes {
		if number, ok := t.number(c); ok {
			return c.name() + ": " + number
		}
	}
	return fmt.Sprintf("%s: %x", c.name(), c.Data)
}

// number returns the value of a message as text, if it is a number.
func (c CmsgType[T]) number(m Cmsg) (text string, ok bool) {
	v, ok := c.Parse(m)
	switch any(v).(type) {
	case int, uint32, uint64:
		return fmt.Sprint(v), ok
	}
	return "", false
}

func (c Cmsg) name() string {
	for _, k := range plainCmsgs {
		if k.isOf(&c) {
			return k.name
		}
	}
	for _, t := range cmsgTypes {
		for _, k := range t.kinds() {
			if k.isOf(&c) {
				return k.name
			}
		}
	}
	return fmt.Sprintf("level %d, type %d", c.Level, c.Type)
}

// plainCmsgs are the control messages without a CmsgType: those that have functions instead, and those that stay undecoded.
var plainCmsgs = []cmsgKind{
	{"SCM_RIGHTS", unix.SOL_SOCKET, unix.SCM_RIGHTS},
	{"SCM_SECURITY", unix.SOL_SOCKET, unix.SCM_SECURITY},
	{"SCM_SECURITY", unix.IPPROTO_IP, unix.SCM_SECURITY},
	{"SCM_TIMESTAMPING_OPT_STATS", unix.SOL_SOCKET, unix.SCM_TIMESTAMPING_OPT_STATS},
	{"SCM_DEVMEM_LINEAR", unix.SOL_SOCKET, unix.SCM_DEVMEM_LINEAR},
	{"SCM_DEVMEM_DMABUF", unix.SOL_SOCKET, unix.SCM_DEVMEM_DMABUF},
	{"IP_RECVOPTS", unix.IPPROTO_IP, unix.IP_RECVOPTS},
	{"IP_RETOPTS", unix.IPPROTO_IP, unix.IP_RETOPTS},
	{"IPV6_2292HOPOPTS", unix.IPPROTO_IPV6, unix.IPV6_2292HOPOPTS},
	{"IPV6_2292DSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_2292DSTOPTS},
	{"IPV6_2292RTHDR", unix.IPPROTO_IPV6, unix.IPV6_2292RTHDR},
	{"IPV6_HOPOPTS", unix.IPPROTO_IPV6, unix.IPV6_HOPOPTS},
	{"IPV6_RTHDRDSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_RTHDRDSTOPTS},
	{"IPV6_RTHDR", unix.IPPROTO_IPV6, unix.IPV6_RTHDR},
	{"IPV6_DSTOPTS", unix.IPPROTO_IPV6, unix.IPV6_DSTOPTS},
}

// cmsgTypes are the types with a CmsgType, except CMSG_SO_TIMESTAMPING, which is only sent and has
// the number of CMSG_TIMESTAMPING.
var cmsgTypes = []interface {
	kinds() []cmsgKind
	number(m Cmsg) (text string, ok bool)
}{
	CMSG_CREDENTIALS, CMSG_PIDFD, CMSG_SO_PRIORITY, CMSG_SO_MARK, CMSG_SO_RXQ_OVFL, CMSG_WIFI_STATUS, CMSG_TXTIME,
	CMSG_TS_OPT_ID, CMSG_INQ, CMSG_RECVERR, CMSG_TIMESTAMP, CMSG_TIMESTAMPNS, CMSG_TIMESTAMPING,
	CMSG_TIMESTAMPING_PKTINFO, CMSG_IP_TOS, CMSG_IP_TTL, CMSG_IP_PKTINFO, CMSG_IP_ORIGDSTADDR, CMSG_IP_CHECKSUM,
	CMSG_IP_RECVFRAGSIZE, CMSG_IP_PROTOCOL, CMSG_IPV6_FLOWINFO, CMSG_IPV6_PKTINFO, CMSG_IPV6_HOPLIMIT, CMSG_IPV6_PATHMTU,
	CMSG_IPV6_DONTFRAG, CMSG_IPV6_TCLASS, CMSG_IPV6_ORIGDSTADDR, CMSG_IPV6_RECVFRAGSIZE, CMSG_TCP_CM_INQ,
	CMSG_UDP_SEGMENT, CMSG_UDP_GRO, CMSG_TLS_SET_RECORD_TYPE, CMSG_TLS_GET_RECORD_TYPE, CMSG_PACKET_AUXDATA,
	CMSG_NETLINK_PKTINFO, CMSG_NETLINK_LISTEN_ALL_NSID, CMSG_ALG_SET_IV, CMSG_ALG_SET_OP, CMSG_ALG_SET_AEAD_ASSOCLEN,
}
