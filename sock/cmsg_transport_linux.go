package sock

import "golang.org/x/sys/unix"

// Control messages of TCP, UDP and kernel TLS: tcp(7), udp(7). Sending with CMSG_UDP_SEGMENT fails with EINVAL for more
// than 128 datagrams (64 before Linux 6.9), and with EIO if the route's device cannot compute checksums.
var (
	CMSG_TCP_CM_INQ          = IntCmsgType("TCP_CM_INQ", unix.IPPROTO_TCP, unix.TCP_CM_INQ)                             // unread bytes; received with TCP_INQ
	CMSG_UDP_SEGMENT         = makeCmsgType("UDP_SEGMENT", unix.IPPROTO_UDP, unix.UDP_SEGMENT, encodeUint16, decodeInt) // size of the datagrams into which the data is split
	CMSG_UDP_GRO             = IntCmsgType("UDP_GRO", unix.IPPROTO_UDP, unix.UDP_GRO)                                   // size of the joined datagrams; the last may be shorter
	CMSG_TLS_SET_RECORD_TYPE = makeCmsgType("TLS_SET_RECORD_TYPE", unix.SOL_TLS, tlsSetRecordType, encodeByte, decodeInt)
	CMSG_TLS_GET_RECORD_TYPE = makeCmsgType("TLS_GET_RECORD_TYPE", unix.SOL_TLS, tlsGetRecordType, encodeByte, decodeInt)
)

// From <linux/tls.h>, which x/sys lacks.
const (
	tlsSetRecordType = 1
	tlsGetRecordType = 2
)
