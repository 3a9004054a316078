package sock

import "golang.org/x/sys/unix"

// CMSG_RECVERR is what Recvmsg with MSG_ERRQUEUE gets beside the packet that it is about, of whatever protocol: ip(7)
// IP_RECVERR, ipv6(7) IPV6_RECVERR, packet(7) PACKET_TX_TIMESTAMP, and VSOCK_RECVERR of <linux/vm_sockets.h>. Poll tells with POLLERR that there
// is one; it isn't the socket's end.
var CMSG_RECVERR = makeControl("IP_RECVERR", unix.IPPROTO_IP, unix.IP_RECVERR, encodeError, decodeError).
	or(unix.IPPROTO_IPV6, unix.IPV6_RECVERR).
	or(unix.SOL_PACKET, unix.PACKET_TX_TIMESTAMP).
	or(unix.SOL_VSOCK, vsockRecverr)

// vsockRecverr is VSOCK_RECVERR of <linux/vm_sockets.h>, which x/sys lacks.
const vsockRecverr = 1

// ExtendedError is the value of CMSG_RECVERR: ip(7), struct sock_extended_err.
// Origin is one of SO_EE_ORIGIN_NONE and its like. Of ICMP, Type and Code are those of the message, Offender who sent it,
// and Info the path's MTU if Errno is EMSGSIZE. Zerocopy and Timestamp read what else comes this way.
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

// Zerocopy is a range of sends with MSG_ZEROCOPY whose buffers may be used again, the first and the last of it.
// They are counted from 0 in the order of the calls, and start over after 1<<32-1. Copied means that the kernel did copy
// the data, as it does on loopback: for such a peer MSG_ZEROCOPY is slower than without.
// A buffer that isn't in such a range yet must stay as it is, and reachable. It may not be on a stack, which Go moves and
// uses again, and where even what make made can be: a package's variable isn't there, nor memory of mmap(2).
// ENOBUFS of a send means that too many aren't complete, and their notices not received.
type Zerocopy struct {
	First, Last uint32
	Copied      bool
}

// Zerocopy reads the notice that sends with MSG_ZEROCOPY are complete; ok is false for others.
func (e ExtendedError) Zerocopy() (z Zerocopy, ok bool) {
	if e.Origin != unix.SO_EE_ORIGIN_ZEROCOPY || e.Errno != 0 {
		return Zerocopy{}, false
	}
	return Zerocopy{e.Info, e.Data, e.Code&unix.SO_EE_CODE_ZEROCOPY_COPIED != 0}, true
}

// Timestamp reads of what CMSG_TIMESTAMPING, in the same buffer, has the time; ok is false for others.
// point is one of SCM_TSTAMP_SND, SCM_TSTAMP_SCHED and SCM_TSTAMP_ACK. id is which packet it was, or on a stream the
// offset of its last byte, if SOF_TIMESTAMPING_OPT_ID is on.
func (e ExtendedError) Timestamp() (point, id uint32, ok bool) {
	if e.Origin != unix.SO_EE_ORIGIN_TIMESTAMPING || e.Errno != ENOMSG {
		return 0, 0, false
	}
	return e.Info, e.Data, true
}

func encodeError(v ExtendedError) (p payload) {
	if v.Offender.Len() > len(p.data)-extendedError {
		return p
	}
	p.put32(uint32(v.Errno))
	p.put(v.Origin, v.Type, v.Code, 0)
	p.put32(v.Info)
	p.put32(v.Data)
	p.put(v.Offender.bytes()...)
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
		Offender: p.sockaddr(extendedError), // of family 0 where there is none
	}, true
}
