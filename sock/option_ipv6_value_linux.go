package sock

import "golang.org/x/sys/unix"

func in6PktinfoOption(label string, level, name int) Option[In6Pktinfo] {
	return Option[In6Pktinfo]{label, level, name, setOnly[In6Pktinfo], setPktinfo6}
}

// C's struct in6_pktinfo is its struct ipv6_mreq with other names.
func setPktinfo6(fd, level, name int, v In6Pktinfo) error {
	return setMreq6(fd, level, name, IPv6Mreq{v.Addr, v.Ifindex})
}

// ipv6MTUInfo is the kernel's form of PathMTU.
type ipv6MTUInfo struct {
	addr [unix.SizeofSockaddrInet6]byte
	mtu  uint32
}

func pathMTUOption(label string, level, name int) Option[PathMTU] {
	return Option[PathMTU]{label, level, name, getMTUInfo, setMTUInfo}
}

func getMTUInfo(fd, level, name int) (PathMTU, error) {
	v, err := getStruct[ipv6MTUInfo](fd, level, name)
	if err != nil {
		return PathMTU{}, err
	}
	info := PathMTU{MTU: v.mtu}
	if v.addr != [len(v.addr)]byte{} {
		info.Addr.length = uint32(copy(info.Addr.data[:], v.addr[:]))
	}
	return info, nil
}

func setMTUInfo(fd, level, name int, v PathMTU) error {
	return setStruct(fd, level, name, ipv6MTUInfo{[unix.SizeofSockaddrInet6]byte(v.Addr.data[:]), v.MTU})
}
