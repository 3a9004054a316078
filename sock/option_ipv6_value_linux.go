package sock

import "golang.org/x/sys/unix"

func in6PktinfoOption(name string, level, number int) Option[In6Pktinfo] {
	return Option[In6Pktinfo]{name, level, number, setOnly[In6Pktinfo], setPktinfo6}
}

// In C, struct in6_pktinfo has the layout of struct ipv6_mreq.
func setPktinfo6(fd, level, number int, v In6Pktinfo) error {
	return setMreq6(fd, level, number, IPv6Mreq{v.Addr.WithZone(""), v.Ifindex})
}

// ipv6MTUInfo is the kernel's form of PathMTU.
type ipv6MTUInfo struct {
	addr [unix.SizeofSockaddrInet6]byte
	mtu  uint32
}

func pathMTUOption(name string, level, number int) Option[PathMTU] {
	return Option[PathMTU]{name, level, number, getMTUInfo, setMTUInfo}
}

func getMTUInfo(fd, level, number int) (PathMTU, error) {
	v, err := getStruct[ipv6MTUInfo](fd, level, number)
	if err != nil {
		return PathMTU{}, err
	}
	info := PathMTU{MTU: v.mtu}
	if v.addr != [len(v.addr)]byte{} {
		info.Addr.length = uint32(copy(info.Addr.data[:], v.addr[:]))
	}
	return info, nil
}

func setMTUInfo(fd, level, number int, v PathMTU) error {
	return setStruct(fd, level, number, ipv6MTUInfo{[unix.SizeofSockaddrInet6]byte(v.Addr.data[:]), v.MTU})
}
