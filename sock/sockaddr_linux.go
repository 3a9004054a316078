package sock

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// familySize is the size of sa_family_t, which precedes the bytes of the family.
const (
	familySize = 2
	maxFamily  = 1<<16 - 1
)

func (sa *Sockaddr) setFamily(family int) {
	binary.NativeEndian.PutUint16(sa.data[:], uint16(family))
}

// Family returns the address family, such as AF_INET. It is AF_UNSPEC for no address, as for Unspec.
func (sa Sockaddr) Family() int {
	return int(binary.NativeEndian.Uint16(sa.data[:]))
}

// Abstract makes an AF_UNIX address in Linux's abstract namespace: unix(7). name may contain any byte, also NUL, and
// its length counts. EINVAL means that name is longer than 107 bytes.
func Abstract(name string) (Sockaddr, error) {
	if len(name) > unixPathMax-1 {
		return Sockaddr{}, EINVAL
	}
	sa := makeSockaddr(unix.AF_UNIX, unixPath+1+len(name))
	copy(sa.data[unixPath+1:], name)
	return sa, nil
}

// Name returns the name of an abstract AF_UNIX address, without the NUL that begins it, and "" for others.
func (sa Sockaddr) Name() string {
	if !sa.isAbstract() {
		return ""
	}
	return string(sa.bytes()[unixPath+1:])
}

func (sa *Sockaddr) isAbstract() bool {
	return sa.is(unix.AF_UNIX, unixPath+1) && sa.data[unixPath] == 0
}

// Netlink makes an AF_NETLINK address of a port and a mask of multicast groups: netlink(7).
func Netlink(port, groups uint32) Sockaddr {
	sa := makeSockaddr(unix.AF_NETLINK, unix.SizeofSockaddrNetlink)
	binary.NativeEndian.PutUint32(sa.data[4:], port)
	binary.NativeEndian.PutUint32(sa.data[8:], groups)
	return sa
}

// Netlink decodes an AF_NETLINK address; ok is false for others.
func (sa Sockaddr) Netlink() (port, groups uint32, ok bool) {
	if !sa.is(unix.AF_NETLINK, unix.SizeofSockaddrNetlink) {
		return 0, 0, false
	}
	return binary.NativeEndian.Uint32(sa.data[4:]), binary.NativeEndian.Uint32(sa.data[8:]), true
}

// PacketAddr is an AF_PACKET address: packet(7), struct sockaddr_ll. Protocol is ETH_P_ALL or another ETH_P constant,
// in host byte order. The first Halen bytes of Addr are in use: 6 for Ethernet, up to 32 elsewhere, which is more
// than the C struct shows. getsockname(2) returns a Sockaddr with those bytes alone, and everything else one with at least 8,
// as bind(2) requires: compare PacketAddrs rather than such Sockaddrs.
type PacketAddr struct {
	Protocol uint16
	Ifindex  int
	Hatype   uint16
	Pkttype  uint8
	Halen    uint8
	Addr     [32]byte
}

// HardwareAddr returns the part of Addr that is in use.
func (a PacketAddr) HardwareAddr() net.HardwareAddr {
	return net.HardwareAddr(a.Addr[:min(int(a.Halen), len(a.Addr))])
}

// packetAddr is the offset of the hardware address in struct sockaddr_ll, whose length in the
// kernel depends on that address.
const packetAddr = 12

// Packet makes an AF_PACKET address: packet(7).
func Packet(a PacketAddr) Sockaddr {
	sa := makeSockaddr(unix.AF_PACKET, packetAddr+max(8, min(int(a.Halen), len(a.Addr))))
	binary.BigEndian.PutUint16(sa.data[2:], a.Protocol)
	sa.setIndex(a.Ifindex)
	binary.NativeEndian.PutUint16(sa.data[8:], a.Hatype)
	sa.data[10] = a.Pkttype
	sa.data[11] = a.Halen
	copy(sa.data[packetAddr:sa.length], a.Addr[:])
	return sa
}

// Packet decodes an AF_PACKET address; ok is false for others.
func (sa Sockaddr) Packet() (a PacketAddr, ok bool) {
	if !sa.is(unix.AF_PACKET, packetAddr) {
		return PacketAddr{}, false
	}
	return PacketAddr{
		Protocol: binary.BigEndian.Uint16(sa.data[2:]),
		Ifindex:  sa.index(),
		Hatype:   binary.NativeEndian.Uint16(sa.data[8:]),
		Pkttype:  sa.data[10],
		Halen:    sa.data[11],
		Addr:     [32]byte(sa.data[packetAddr:]),
	}, true
}

// VM makes an AF_VSOCK address: vsock(7). VMADDR_CID_ANY and VMADDR_PORT_ANY are the wildcards.
func VM(cid, port uint32) Sockaddr {
	sa := makeSockaddr(unix.AF_VSOCK, unix.SizeofSockaddrVM)
	binary.NativeEndian.PutUint32(sa.data[4:], port)
	binary.NativeEndian.PutUint32(sa.data[8:], cid)
	return sa
}

// VM decodes an AF_VSOCK address; ok is false for others.
func (sa Sockaddr) VM() (cid, port uint32, ok bool) {
	if !sa.is(unix.AF_VSOCK, unix.SizeofSockaddrVM) {
		return 0, 0, false
	}
	return binary.NativeEndian.Uint32(sa.data[8:]), binary.NativeEndian.Uint32(sa.data[4:]), true
}
