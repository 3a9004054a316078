package sock

import "net/netip"

// IPMreqn is an IPv4 multicast group and an interface, given by its index or, if that is 0, by its address: ip(7),
// struct ip_mreqn. With neither, the kernel picks an interface.
type IPMreqn struct {
	Multiaddr netip.Addr
	Address   netip.Addr
	Ifindex   int
}

// IPMreqSource is an IPv4 multicast group, the address of an interface, and a sender: ip(7), struct ip_mreq_source.
type IPMreqSource struct {
	Multiaddr  netip.Addr
	Interface  netip.Addr
	Sourceaddr netip.Addr
}

// IPv6Mreq is an IPv6 multicast group and an interface index: ipv6(7), struct ipv6_mreq.
// For index 0 the kernel picks one. Multiaddr has no zone.
type IPv6Mreq struct {
	Multiaddr netip.Addr
	Interface int
}

// GroupReq is a multicast group of either family and an interface index: ip(7), struct group_req.
type GroupReq struct {
	Interface int
	Group     Sockaddr
}

// GroupSourceReq is GroupReq with a sender: ip(7), struct group_source_req.
type GroupSourceReq struct {
	Interface int
	Group     Sockaddr
	Source    Sockaddr
}

// The kernel's structs. The empty array of a C long gives them the alignment of struct sockaddr_storage.
type (
	ipMreqn struct {
		multiaddr, address [4]byte
		ifindex            int32
	}
	ipMreqSource struct {
		multiaddr, iface, sourceaddr [4]byte
	}
	ipv6Mreq struct {
		multiaddr [16]byte
		ifindex   int32
	}
	groupReq struct {
		iface uint32
		_     [0]uint
		group [sockaddrSize]byte
	}
	groupSourceReq struct {
		groupReq
		source [sockaddrSize]byte
	}
)

// ip4 returns the bytes of an IPv4 address; ok is false for other addresses, and if a zone would be lost.
func ip4(a netip.Addr) (b [4]byte, ok bool) {
	if a.Unmap().Is4() && a.Zone() == "" {
		return a.As4(), true
	}
	return b, !a.IsValid()
}

// ip6 returns the bytes of an IPv6 address; ok is false for other addresses, and if a zone would be lost.
func ip6(a netip.Addr) (b [16]byte, ok bool) {
	if a.Is6() && a.Zone() == "" {
		return a.As16(), true
	}
	return b, !a.IsValid()
}

func ipMreqnOption(name string, level, number int) Option[IPMreqn] {
	return Option[IPMreqn]{name, level, number, setOnly[IPMreqn], setMreqn}
}

func setMreqn(fd, level, number int, v IPMreqn) error {
	multiaddr, ok := ip4(v.Multiaddr)
	address, ok2 := ip4(v.Address)
	if !ok || !ok2 || v.Ifindex != int(int32(v.Ifindex)) {
		return EINVAL
	}
	return setStruct(fd, level, number, ipMreqn{multiaddr, address, int32(v.Ifindex)})
}

// ipMulticastIf makes IP_MULTICAST_IF, which is set with a struct ip_mreqn and read as a struct in_addr.
func ipMulticastIf(name string, level, number int) Option[IPMreqn] {
	return Option[IPMreqn]{name, level, number, getMulticastIf, setMreqn}
}

func getMulticastIf(fd, level, number int) (IPMreqn, error) {
	b, err := getStruct[[4]byte](fd, level, number)
	if err != nil {
		return IPMreqn{}, err
	}
	return IPMreqn{Address: netip.AddrFrom4(b)}, nil
}

func ipMreqSourceOption(name string, level, number int) Option[IPMreqSource] {
	return Option[IPMreqSource]{name, level, number, setOnly[IPMreqSource], setMreqSource}
}

func setMreqSource(fd, level, number int, v IPMreqSource) error {
	multiaddr, ok := ip4(v.Multiaddr)
	iface, ok2 := ip4(v.Interface)
	sourceaddr, ok3 := ip4(v.Sourceaddr)
	if !ok || !ok2 || !ok3 {
		return EINVAL
	}
	return setStruct(fd, level, number, ipMreqSource{multiaddr, iface, sourceaddr})
}

func ipv6MreqOption(name string, level, number int) Option[IPv6Mreq] {
	return Option[IPv6Mreq]{name, level, number, setOnly[IPv6Mreq], setMreq6}
}

func setMreq6(fd, level, number int, v IPv6Mreq) error {
	multiaddr, ok := ip6(v.Multiaddr)
	if !ok || v.Interface != int(int32(v.Interface)) {
		return EINVAL
	}
	return setStruct(fd, level, number, ipv6Mreq{multiaddr, int32(v.Interface)})
}

func groupReqOption(name string, level, number int) Option[GroupReq] {
	return Option[GroupReq]{name, level, number, setOnly[GroupReq], setGroupReq}
}

func setGroupReq(fd, level, number int, v GroupReq) error {
	if v.Interface != int(int32(v.Interface)) {
		return EINVAL
	}
	return setStruct(fd, level, number, groupReq{iface: uint32(v.Interface), group: v.Group.data})
}

func groupSourceReqOption(name string, level, number int) Option[GroupSourceReq] {
	return Option[GroupSourceReq]{name, level, number, setOnly[GroupSourceReq], setGroupSourceReq}
}

func setGroupSourceReq(fd, level, number int, v GroupSourceReq) error {
	if v.Interface != int(int32(v.Interface)) {
		return EINVAL
	}
	group := groupReq{iface: uint32(v.Interface), group: v.Group.data}
	return setStruct(fd, level, number, groupSourceReq{group, v.Source.data})
}
