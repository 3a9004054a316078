package sockdiag

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"example.com/berkeley/sock"
)

// Sizes of the structs of <linux/inet_diag.h>.
const (
	sizeofSockID  = 48          // inet_diag_sockid: both names, the interface, the cookie
	sizeofInetMsg = 4 + 48 + 20 // inet_diag_msg
)

// Attributes of an answer, and how a request asks for them: enum INET_DIAG_NONE and the following.
const (
	inetDiagInfo      = 2
	inetDiagSkmeminfo = 7

	skMeminfoDrops = 8 // the index in an array of uint32: <linux/sock_diag.h>
)

// inetRequest is struct inet_diag_req_v2.
func inetRequest(q Query) []byte {
	extensions := byte(0)
	if q.Info {
		extensions |= 1 << (inetDiagInfo - 1)
	}
	if q.Memory {
		extensions |= 1 << (inetDiagSkmeminfo - 1)
	}
	p := make([]byte, 8+sizeofSockID)
	p[0], p[1], p[2] = byte(q.Family), byte(q.Protocol), extensions
	binary.NativeEndian.PutUint32(p[4:], q.States.bits())
	id := p[8:]
	binary.BigEndian.PutUint16(id, q.LocalPort)
	binary.BigEndian.PutUint16(id[2:], q.RemotePort)
	binary.NativeEndian.PutUint64(id[40:], ^uint64(0)) // INET_DIAG_NOCOOKIE: any socket
	return p
}

// inetRequestOf is inetRequest for one socket. Of UDP, the kernel wants the names as a datagram to the socket has them.
func inetRequestOf(q Query, local, remote sock.Sockaddr) []byte {
	from, to := local.AddrPort(), remote.AddrPort()
	device := from.Addr().Zone()
	if q.Protocol == sock.IPPROTO_UDP {
		from, to = to, from
	}
	q.LocalPort, q.RemotePort = from.Port(), to.Port()
	p := inetRequest(q)
	id := p[8:]
	copy(id[4:20], from.Addr().AsSlice())
	copy(id[20:36], to.Addr().AsSlice())
	if zone, err := strconv.ParseUint(device, 10, 32); err == nil {
		binary.NativeEndian.PutUint32(id[36:], uint32(zone))
	}
	return p
}

// decodeInet reads struct inet_diag_msg and the attributes that follow it.
func decodeInet(p []byte, s *Socket) (ok bool) {
	if len(p) < sizeofInetMsg {
		return false
	}
	id, rest := p[4:4+sizeofSockID], p[4+sizeofSockID:]
	s.Family, s.State, s.Timer, s.Retransmits = int(p[0]), sock.TCPState(p[1]), Timer(p[2]), p[3]
	s.Type = sock.SOCK_STREAM
	if s.Protocol == sock.IPPROTO_UDP {
		s.Type = sock.SOCK_DGRAM
	}
	device := binary.NativeEndian.Uint32(id[36:])
	s.Local = name(s.Family, id[4:20], id[0:2], device)
	s.Remote = name(s.Family, id[20:36], id[2:4], device)
	s.Cookie = cookie(id[40:])
	s.Expires = time.Duration(binary.NativeEndian.Uint32(rest)) * time.Millisecond
	s.Received = binary.NativeEndian.Uint32(rest[4:])
	s.Queued = binary.NativeEndian.Uint32(rest[8:])
	s.UID = binary.NativeEndian.Uint32(rest[12:])
	s.Inode = binary.NativeEndian.Uint32(rest[16:])
	return eachAttribute(p[sizeofInetMsg:], s.inetAttribute)
}

func (s *Socket) inetAttribute(kind uint16, value []byte) {
	switch kind {
	case inetDiagInfo:
		if s.Protocol == sock.IPPROTO_TCP {
			s.info = value
		}
	case inetDiagSkmeminfo:
		if drops := skMeminfoDrops * 4; len(value) >= drops+4 {
			s.Drops = binary.NativeEndian.Uint32(value[drops:])
		}
	}
}

// cookie puts the two halves of a cookie together, the lower one first.
func cookie(p []byte) uint64 {
	return uint64(binary.NativeEndian.Uint32(p)) | uint64(binary.NativeEndian.Uint32(p[4:]))<<32
}

// Info has the fields of struct tcp_info that matter to a list of connections. Decoding all of sock.TCPInfo would take the most
// time of listing a socket.
type Info struct {
	State           sock.TCPState
	SinceSent       time.Duration // since data last went
	SinceReceived   time.Duration // since data last came
	RoundTrip       time.Duration
	Cwnd            uint32 // the congestion window, in segments
	Retransmits     uint32 // segments, ever
	Acked, Received uint64 // bytes
}

// Where those fields are in struct tcp_info of <linux/tcp.h>.
const (
	atState         = 0
	atLastDataSent  = 44
	atLastDataRecv  = 52
	atRtt           = 68
	atSndCwnd       = 80
	atTotalRetrans  = 100
	atBytesAcked    = 120
	atBytesReceived = 128
	infoSize        = 136
)

// Info is that of a TCP socket that is not in TIME_WAIT, if Query.Info asked for it. Fields that an older kernel leaves out are
// zero. Call it before the Conn's next request.
func (s *Socket) Info() (info Info, ok bool) {
	p := s.info
	if p == nil {
		return info, false
	}
	if len(p) < infoSize {
		p = append(make([]byte, 0, infoSize), p...)[:infoSize]
	}
	number := func(at int) uint32 { return binary.NativeEndian.Uint32(p[at:]) }
	return Info{
		State:         sock.TCPState(p[atState]),
		SinceSent:     time.Duration(number(atLastDataSent)) * time.Millisecond,
		SinceReceived: time.Duration(number(atLastDataRecv)) * time.Millisecond,
		RoundTrip:     time.Duration(number(atRtt)) * time.Microsecond,
		Cwnd:          number(atSndCwnd),
		Retransmits:   number(atTotalRetrans),
		Acked:         binary.NativeEndian.Uint64(p[atBytesAcked:]),
		Received:      binary.NativeEndian.Uint64(p[atBytesReceived:]),
	}, true
}

// name makes an address of the bytes of struct inet_diag_sockid. The interface that a socket is bound to is the zone of its
// link-local addresses.
func name(family int, address, port []byte, device uint32) sock.Sockaddr {
	addr := netip.AddrFrom4([4]byte(address))
	if family == sock.AF_INET6 {
		addr = netip.AddrFrom16([16]byte(address))
		if device != 0 && (addr.IsLinkLocalUnicast() || addr.IsLinkLocalMulticast()) {
			addr = addr.WithZone(strconv.FormatUint(uint64(device), 10))
		}
	}
	return sock.Inet(netip.AddrPortFrom(addr, binary.BigEndian.Uint16(port)))
}
