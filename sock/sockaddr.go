//go:build unix

package sock

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// sockaddrSize is sizeof(struct sockaddr_storage): no address of any family is longer.
const sockaddrSize = 128

// Sockaddr is a socket address of any family: struct sockaddr_storage and the length in use.
// It is a plain value: copy it, compare it with ==, use it as a map key, share it. The zero value is no address.
// It keeps the kernel's bytes, and decodes them only when asked: a family that this package doesn't know is as good as
// any other. It is a net.Addr.
type Sockaddr struct {
	data   [sockaddrSize]byte
	length uint32
}

// received completes an address that the kernel filled in: on error there is none.
func (sa *Sockaddr) received(e syscall.Errno) {
	if e != 0 {
		*sa = Sockaddr{}
	}
	sa.length = min(sa.length, sockaddrSize)
	if sa.Family() == unix.AF_UNIX {
		// Of a path without room for a NUL the kernel counts one that isn't there, and would refuse to take it back.
		sa.length = min(sa.length, unix.SizeofSockaddrUnix)
		clear(sa.data[sa.length:])
	}
}

// makeSockaddr makes an address of a family with length bytes in all.
func makeSockaddr(family, length int) Sockaddr {
	sa := Sockaddr{length: uint32(length)}
	sa.setFamily(family)
	return sa
}

// Inet makes an AF_INET or AF_INET6 address: ip(7), ipv6(7). A zone is an interface's number or its name.
// An invalid AddrPort, or a zone that is no interface here, gives the zero Sockaddr, which Bind and Connect refuse.
func Inet(ap netip.AddrPort) Sockaddr {
	return InetFlow(ap, 0)
}

// InetFlow is Inet with IPv6 flow information, 20 bits of label and 8 of traffic class: ipv6(7) sin6_flowinfo.
// IPv4 has none, and ignores it.
func InetFlow(ap netip.AddrPort, flow uint32) Sockaddr {
	addr := ap.Addr()
	scope, ok := scopeID(addr.Zone())
	switch {
	case !addr.IsValid() || !ok:
		return Sockaddr{}
	case addr.Is4():
		return inet4(addr.As4(), ap.Port())
	}
	return inet6(addr.As16(), ap.Port(), flow, scope)
}

func inet4(addr [4]byte, port uint16) Sockaddr {
	sa := makeSockaddr(unix.AF_INET, unix.SizeofSockaddrInet4)
	binary.BigEndian.PutUint16(sa.data[2:], port)
	copy(sa.data[4:], addr[:])
	return sa
}

func inet6(addr [16]byte, port uint16, flow, scope uint32) Sockaddr {
	sa := makeSockaddr(unix.AF_INET6, unix.SizeofSockaddrInet6)
	binary.BigEndian.PutUint16(sa.data[2:], port)
	binary.BigEndian.PutUint32(sa.data[4:], flow)
	copy(sa.data[8:], addr[:])
	binary.NativeEndian.PutUint32(sa.data[24:], scope)
	return sa
}

// scopeID finds the number of an IPv6 zone.
func scopeID(zone string) (id uint32, ok bool) {
	if zone == "" {
		return 0, true
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n), true
	}
	index, err := IfNametoindex(zone)
	return uint32(index), err == nil
}

// Unspec makes an AF_UNSPEC address: connect(2) to it dissolves the association of a datagram socket.
func Unspec() Sockaddr {
	return makeSockaddr(unix.AF_UNSPEC, 16)
}

// Raw makes an address of any family from the bytes that follow the family in its C struct.
// EINVAL means that data is longer than any address, or that family is no family number.
func Raw(family int, data []byte) (Sockaddr, error) {
	if family < 0 || family > maxFamily || len(data) > sockaddrSize-familySize {
		return Sockaddr{}, EINVAL
	}
	sa := makeSockaddr(family, familySize+len(data))
	copy(sa.data[familySize:], data)
	return sa, nil
}

// IsZero tells whether there is no address.
func (sa Sockaddr) IsZero() bool { return sa.length == 0 }

// Len is the address's length in bytes, C's socklen_t.
func (sa Sockaddr) Len() int { return int(sa.length) }

// AppendTo appends the address's bytes to b, as the kernel has them: its C struct.
func (sa Sockaddr) AppendTo(b []byte) []byte { return append(b, sa.bytes()...) }

func (sa *Sockaddr) bytes() []byte { return sa.data[:sa.length] }

// AddrPort decodes an AF_INET or AF_INET6 address; others give the zero AddrPort. A zone is an interface's number.
func (sa Sockaddr) AddrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16(sa.data[2:])
	switch {
	case sa.is(unix.AF_INET, unix.SizeofSockaddrInet4):
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(sa.data[4:8])), port)
	case sa.is(unix.AF_INET6, unix.SizeofSockaddrInet6):
		addr := netip.AddrFrom16([16]byte(sa.data[8:24]))
		if scope := binary.NativeEndian.Uint32(sa.data[24:]); scope != 0 {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr, port)
	}
	return netip.AddrPort{}
}

// FlowInfo is an AF_INET6 address's flow information, 0 for others: ipv6(7) sin6_flowinfo.
func (sa Sockaddr) FlowInfo() uint32 {
	if !sa.is(unix.AF_INET6, unix.SizeofSockaddrInet6) {
		return 0
	}
	return binary.BigEndian.Uint32(sa.data[4:])
}

// is tells whether sa has a family and all the bytes of its struct.
func (sa *Sockaddr) is(family, size int) bool {
	return int(sa.length) >= size && sa.Family() == family
}
