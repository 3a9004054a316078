package sock

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// IPv6Pktinfo is an address and an interface's number to send from, the value of IPV6_PKTINFO: ipv6(7), struct in6_pktinfo.
type IPv6Pktinfo struct {
	Addr    netip.Addr
	Ifindex int
}

func ipv6PktinfoOption(label string, level, name int) Option[IPv6Pktinfo] {
	return Option[IPv6Pktinfo]{label, level, name, setOnly[IPv6Pktinfo], setPktinfo6}
}

// C's struct in6_pktinfo is its struct ipv6_mreq with other names.
func setPktinfo6(fd, level, name int, v IPv6Pktinfo) error {
	return setMreq6(fd, level, name, IPv6Mreq{v.Addr, v.Ifindex})
}

// IPv6MTUInfo is a peer and the size of what reaches it in one piece, the value of IPV6_PATHMTU: RFC 3542, struct ip6_mtuinfo.
// Linux leaves Addr zero here: the peer is the one that the socket is connected to.
type IPv6MTUInfo struct {
	Addr Sockaddr
	Mtu  uint32
}

// ipv6MTUInfo is the kernel's form of IPv6MTUInfo.
type ipv6MTUInfo struct {
	addr [unix.SizeofSockaddrInet6]byte
	mtu  uint32
}

func ipv6MtuInfoOption(label string, level, name int) Option[IPv6MTUInfo] {
	return Option[IPv6MTUInfo]{label, level, name, getMTUInfo, setMTUInfo}
}

func getMTUInfo(fd, level, name int) (IPv6MTUInfo, error) {
	v, err := getStruct[ipv6MTUInfo](fd, level, name)
	if err != nil {
		return IPv6MTUInfo{}, err
	}
	info := IPv6MTUInfo{Mtu: v.mtu}
	if v.addr != [len(v.addr)]byte{} {
		info.Addr.length = uint32(copy(info.Addr.data[:], v.addr[:]))
	}
	return info, nil
}

func setMTUInfo(fd, level, name int, v IPv6MTUInfo) error {
	return setStruct(fd, level, name, ipv6MTUInfo{[unix.SizeofSockaddrInet6]byte(v.Addr.data[:]), v.Mtu})
}
