package sock

import "golang.org/x/sys/unix"

// Control messages of TCP, UDP and kernel TLS: tcp(7), udp(7). To send with CMSG_UDP_SEGMENT is EINVAL for more than 128
// datagrams, 64 before Linux 6.9, and EIO where the way out can't make their checksums.
var (
	CMSG_TCP_CM_INQ          = IntControl("TCP_CM_INQ", unix.IPPROTO_TCP, unix.TCP_CM_INQ)                             // bytes that are still unread, with TCP_INQ
	CMSG_UDP_SEGMENT         = makeControl("UDP_SEGMENT", unix.IPPROTO_UDP, unix.UDP_SEGMENT, encodeUint16, decodeInt) // p is sent as datagrams of this size
	CMSG_UDP_GRO             = IntControl("UDP_GRO", unix.IPPROTO_UDP, unix.UDP_GRO)                                   // p is datagrams of this size, the last may be shorter
	CMSG_TLS_SET_RECORD_TYPE = makeControl("TLS_SET_RECORD_TYPE", unix.SOL_TLS, tlsSetRecordType, encodeByte, decodeInt)
	CMSG_TLS_GET_RECORD_TYPE = makeControl("TLS_GET_RECORD_TYPE", unix.SOL_TLS, tlsGetRecordType, encodeByte, decodeInt)
)

// From <linux/tls.h>, which x/sys lacks.
const (
	tlsSetRecordType = 1
	tlsGetRecordType = 2
)
