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

// Sockaddr is a socket address of any family: struct sockaddr_storage and the length in use. It is a plain value:
// copy it, compare it with ==, use it as a map key. The zero value is no address. It keeps the bytes of the kernel
// and decodes them only when asked, so it can hold an address of a family that this package does not know. It is a
// net.Addr.
type Sockaddr struct {
	data   [sockaddrSize]byte
	length uint32
}

// received completes an address that the kernel filled in, and clears it on error.
func (sa *Sockaddr) received(e syscall.Errno) {
	if e != 0 {
		*sa = Sockaddr{}
	}
	sa.length = min(sa.length, sockaddrSize)
	if sa.Family() == unix.AF_UNIX {
		// For a path that leaves no room for a NUL, the kernel counts one that isn't there. It
		// would refuse this length as input.
		sa.length = min(sa.length, unix.SizeofSockaddrUnix)
		clear(sa.data[sa.length:])
	}
}

// makeSockaddr makes an address of a family with a total of length bytes.
func makeSockaddr(family, length int) Sockaddr {
	sa := Sockaddr{length: uint32(length)}
	sa.setFamily(family)
	return sa
}

// Inet makes an AF_INET or AF_INET6 address: ip(7), ipv6(7). A zone is the number or name of an interface. An invalid
// AddrPort, or a zone that is not an interface here, gives the zero Sockaddr, which Bind and Connect refuse.
func Inet(ap netip.AddrPort) Sockaddr {
	return InetFlow(ap, 0)
}

// InetFlow is Inet with IPv6 flow information, 20 bits of label and 8 of traffic class: ipv6(7) sin6_flowinfo. IPv4
// ignores it.
func InetFlow(ap netip.AddrPort, flow uint32) (sa Sockaddr) {
	sa.setInet(ap, flow)
	return sa
}

// setInet makes sa what InetFlow returns, except that bytes of an earlier address may follow it. ok is
// false if the result is no address.
func (sa *Sockaddr) setInet(ap netip.AddrPort, flow uint32) (ok bool) {
	addr := ap.Addr()
	scope, ok := scopeID(addr.Zone())
	switch {
	case !addr.IsValid() || !ok:
		sa.length = 0
		return false
	case addr.Is4():
		sa.setInet4(addr.As4(), ap.Port())
	default:
		sa.setInet6(addr.As16(), ap.Port(), flow, scope)
	}
	return true
}

func (sa *Sockaddr) setInet4(addr [4]byte, port uint16) {
	sa.length = unix.SizeofSockaddrInet4
	clear(sa.bytes())
	sa.setFamily(unix.AF_INET)
	binary.BigEndian.PutUint16(sa.data[2:], port)
	copy(sa.data[4:], addr[:])
}

func (sa *Sockaddr) setInet6(addr [16]byte, port uint16, flow, scope uint32) {
	sa.length = unix.SizeofSockaddrInet6
	sa.setFamily(unix.AF_INET6)
	binary.BigEndian.PutUint16(sa.data[2:], port)
	binary.BigEndian.PutUint32(sa.data[4:], flow)
	copy(sa.data[8:], addr[:])
	binary.NativeEndian.PutUint32(sa.data[24:], scope)
}

func inet4(addr [4]byte, port uint16) (sa Sockaddr) {
	sa.setInet4(addr, port)
	return sa
}

func inet6(addr [16]byte, port uint16, flow, scope uint32) (sa Sockaddr) {
	sa.setInet6(addr, port, flow, scope)
	return sa
}

// scopeID returns the number of an IPv6 zone.
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

// Raw makes an address of any family from the bytes that follow the family in its C struct. EINVAL means that data is
// longer than any address, or that family is not a valid number.
func Raw(family int, data []byte) (Sockaddr, error) {
	if family < 0 || family > maxFamily || len(data) > sockaddrSize-familySize {
		return Sockaddr{}, EINVAL
	}
	sa := makeSockaddr(family, familySize+len(data))
	copy(sa.data[familySize:], data)
	return sa, nil
}

// IsZero reports whether sa is no address.
func (sa Sockaddr) IsZero() bool { return sa.length == 0 }

// Len returns the length of the address in bytes, C's socklen_t.
func (sa Sockaddr) Len() int { return int(sa.length) }

// AppendTo appends the bytes of the address to b, laid out as its C struct.
func (sa Sockaddr) AppendTo(b []byte) []byte { return append(b, sa.bytes()...) }

func (sa *Sockaddr) bytes() []byte { return sa.data[:sa.length] }

// AddrPort returns the IP address and port of an AF_INET or AF_INET6 address, and the zero AddrPort for others. A
// zone is the number of an interface.
func (sa Sockaddr) AddrPort() netip.AddrPort { return sa.addrPort() }

// addrPort is AddrPort without a copy.
func (sa *Sockaddr) addrPort() netip.AddrPort {
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

// FlowInfo returns the flow information of an AF_INET6 address, and 0 for others: ipv6(7) sin6_flowinfo.
func (sa Sockaddr) FlowInfo() uint32 {
	if !sa.is(unix.AF_INET6, unix.SizeofSockaddrInet6) {
		return 0
	}
	return binary.BigEndian.Uint32(sa.data[4:])
}

// is reports whether sa has a family and all the bytes of its struct.
func (sa *Sockaddr) is(family, size int) bool {
	return int(sa.length) >= size && sa.Family() == family
}
