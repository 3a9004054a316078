package sock

import (
	"math"

	"golang.org/x/sys/unix"
)

// CMSG_RECVERR is the control message that Recvmsg with MSG_ERRQUEUE receives with the packet that it is about, for
// every protocol: ip(7) IP_RECVERR, ipv6(7) IPV6_RECVERR, packet(7) PACKET_TX_TIMESTAMP, and VSOCK_RECVERR of
// <linux/vm_sockets.h>. While one is queued, Poll reports POLLERR; the socket remains usable.
var CMSG_RECVERR = makeCmsgType("IP_RECVERR", unix.IPPROTO_IP, unix.IP_RECVERR, encodeError, decodeError).
	or("IPV6_RECVERR", unix.IPPROTO_IPV6, unix.IPV6_RECVERR).
	or("PACKET_TX_TIMESTAMP", unix.SOL_PACKET, unix.PACKET_TX_TIMESTAMP).
	or("VSOCK_RECVERR", unix.SOL_VSOCK, vsockRecverr)

// vsockRecverr is VSOCK_RECVERR of <linux/vm_sockets.h>, which x/sys lacks.
const vsockRecverr = 1

// ExtendedError is the value of CMSG_RECVERR: ip(7), struct sock_extended_err. Origin is SO_EE_ORIGIN_NONE or another
// SO_EE_ORIGIN constant. For ICMP, Type and Code are those of the message, Offender is its sender, and Info is the MTU
// of the path if Errno is EMSGSIZE. The methods Zerocopy and Timestamp decode the other notices that arrive this way.
type ExtendedError struct {
	Errno    Errno
	Origin   uint8
	Type     uint8
	Code     uint8
	Info     uint32
	Data     uint32
	Offender Sockaddr
}

// extendedError is the length of struct sock_extended_err. The offender's address follows it, SO_EE_OFFENDER.
const extendedError = 16

// Zerocopy is a range of sends with MSG_ZEROCOPY whose buffers are free again, from First to Last:
// Documentation/networking/msg_zerocopy.rst of Linux. Sends are counted from 0 in the order of the calls, modulo
// 1<<32. Copied means that the kernel copied the data after all, as it does on loopback: for such a peer MSG_ZEROCOPY
// is slower than an ordinary send.
//
// Until its range has been reported, do not modify the buffer or let it be collected. It must not live on a goroutine
// stack, where even the result of make can be; use a package-level variable or mapped memory.
//
// A send that fails with ENOBUFS means that too many earlier ones are incomplete or not yet reported.
type Zerocopy struct {
	First, Last uint32
	Copied      bool
}

// Zerocopy decodes the notice that sends with MSG_ZEROCOPY are complete; ok is false for other notices.
func (e ExtendedError) Zerocopy() (z Zerocopy, ok bool) {
	if e.Origin != unix.SO_EE_ORIGIN_ZEROCOPY || e.Errno != 0 {
		return Zerocopy{}, false
	}
	return Zerocopy{e.Info, e.Data, e.Code&unix.SO_EE_CODE_ZEROCOPY_COPIED != 0}, true
}

// Timestamp decodes the notice about a sent packet, whose time is in CMSG_TIMESTAMPING in the same buffer; ok is
// false for other notices. point is SCM_TSTAMP_SND or another SCM_TSTAMP constant. With SOF_TIMESTAMPING_OPT_ID, id is
// the number of the packet, or on a stream the offset of its last byte.
func (e ExtendedError) Timestamp() (point, id uint32, ok bool) {
	if e.Origin != unix.SO_EE_ORIGIN_TIMESTAMPING || e.Errno != ENOMSG {
		return 0, 0, false
	}
	return e.Info, e.Data, true
}

func encodeError(v ExtendedError) (p payload) {
	hasOffender := isInet(v.Offender)
	if uint64(v.Errno) > math.MaxUint32 || !hasOffender && v.Offender.Family() != unix.AF_UNSPEC {
		return p
	}
	p.put32(uint32(v.Errno))
	p.put(v.Origin, v.Type, v.Code, 0)
	p.put32(v.Info)
	p.put32(v.Data)
	if hasOffender {
		p.put(v.Offender.bytes()...)
	}
	return p
}

func decodeError(p payload) (v ExtendedError, ok bool) {
	if p.length < extendedError {
		return v, false
	}
	return ExtendedError{
		Errno:    Errno(p.uint32(0)),
		Origin:   p.data[4],
		Type:     p.data[5],
		Code:     p.data[6],
		Info:     p.uint32(8),
		Data:     p.uint32(12),
		Offender: p.sockaddr(extendedError), // family 0 means unknown
	}, true
}
