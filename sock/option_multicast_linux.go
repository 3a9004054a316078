package sock

import "net/netip"

// IPMreqn is an IPv4 multicast group and an interface, by its number or, where that is 0, by its address: ip(7),
// struct ip_mreqn. An address that isn't set is 0.0.0.0, for which the kernel picks an interface.
type IPMreqn struct {
	Multiaddr netip.Addr
	Address   netip.Addr
	Ifindex   int
}

// IPMreqSource is an IPv4 multicast group, an interface's address and a sender: ip(7), struct ip_mreq_source.
type IPMreqSource struct {
	Multiaddr  netip.Addr
	Interface  netip.Addr
	Sourceaddr netip.Addr
}

// IPv6Mreq is an IPv6 multicast group and an interface's number: ipv6(7), struct ipv6_mreq. 0 has the kernel pick one.
type IPv6Mreq struct {
	Multiaddr netip.Addr
	Interface int
}

// GroupReq is a multicast group of either family and an interface's number: ip(7), struct group_req.
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

// What the kernel has of them. An empty array of a C long stands for the alignment of struct sockaddr_storage.
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

// ip4 is an IPv4 address's bytes; ok is false for an address of another kind, and where a zone would be lost.
func ip4(a netip.Addr) (b [4]byte, ok bool) {
	if a.Unmap().Is4() && a.Zone() == "" {
		return a.As4(), true
	}
	return b, !a.IsValid()
}

// ip6 is an IPv6 address's bytes; ok is false for an address of another kind, and where a zone would be lost.
func ip6(a netip.Addr) (b [16]byte, ok bool) {
	if a.Is6() && a.Zone() == "" {
		return a.As16(), true
	}
	return b, !a.IsValid()
}

func ipMreqnOption(label string, level, name int) Option[IPMreqn] {
	return Option[IPMreqn]{label, level, name, setOnly[IPMreqn], setMreqn}
}

func setMreqn(fd, level, name int, v IPMreqn) error {
	multiaddr, ok := ip4(v.Multiaddr)
	address, ok2 := ip4(v.Address)
	if !ok || !ok2 || v.Ifindex != int(int32(v.Ifindex)) {
		return EINVAL
	}
	return setStruct(fd, level, name, ipMreqn{multiaddr, address, int32(v.Ifindex)})
}

// ipMulticastIf is what IP_MULTICAST_IF alone is: it takes a struct ip_mreqn and gives a struct in_addr.
func ipMulticastIf(label string, level, name int) Option[IPMreqn] {
	return Option[IPMreqn]{label, level, name, getMulticastIf, setMreqn}
}

func getMulticastIf(fd, level, name int) (IPMreqn, error) {
	b, err := getStruct[[4]byte](fd, level, name)
	if err != nil {
		return IPMreqn{}, err
	}
	return IPMreqn{Address: netip.AddrFrom4(b)}, nil
}

func ipMreqSourceOption(label string, level, name int) Option[IPMreqSource] {
	return Option[IPMreqSource]{label, level, name, setOnly[IPMreqSource], setMreqSource}
}

func setMreqSource(fd, level, name int, v IPMreqSource) error {
	multiaddr, ok := ip4(v.Multiaddr)
	iface, ok2 := ip4(v.Interface)
	sourceaddr, ok3 := ip4(v.Sourceaddr)
	if !ok || !ok2 || !ok3 {
		return EINVAL
	}
	return setStruct(fd, level, name, ipMreqSource{multiaddr, iface, sourceaddr})
}

func ipv6MreqOption(label string, level, name int) Option[IPv6Mreq] {
	return Option[IPv6Mreq]{label, level, name, setOnly[IPv6Mreq], setMreq6}
}

func setMreq6(fd, level, name int, v IPv6Mreq) error {
	multiaddr, ok := ip6(v.Multiaddr)
	if !ok || v.Interface != int(int32(v.Interface)) {
		return EINVAL
	}
	return setStruct(fd, level, name, ipv6Mreq{multiaddr, int32(v.Interface)})
}

func groupReqOption(label string, level, name int) Option[GroupReq] {
	return Option[GroupReq]{label, level, name, setOnly[GroupReq], setGroupReq}
}

func setGroupReq(fd, level, name int, v GroupReq) error {
	if v.Interface != int(int32(v.Interface)) {
		return EINVAL
	}
	return setStruct(fd, level, name, groupReq{iface: uint32(v.Interface), group: v.Group.data})
}

func groupSourceReqOption(label string, level, name int) Option[GroupSourceReq] {
	return Option[GroupSourceReq]{label, level, name, setOnly[GroupSourceReq], setGroupSourceReq}
}

func setGroupSourceReq(fd, level, name int, v GroupSourceReq) error {
	if v.Interface != int(int32(v.Interface)) {
		return EINVAL
	}
	group := groupReq{iface: uint32(v.Interface), group: v.Group.data}
	return setStruct(fd, level, name, groupSourceReq{group, v.Source.data})
}
