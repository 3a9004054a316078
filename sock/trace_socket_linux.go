package sock

import "golang.org/x/sys/unix"

// familyProtocols has the protocols of a family by name; those of others are numbers.
var familyProtocols = map[int]struct {
	names   nameTable
	unknown string
}{
	unix.AF_INET:      {protocolNames, "IPPROTO_???"},
	unix.AF_INET6:     {protocolNames, "IPPROTO_???"},
	unix.AF_NETLINK:   {netlinkProtocolNames, "NETLINK_???"},
	unix.AF_CAN:       {canProtocolNames, "CAN_???"},
	unix.AF_BLUETOOTH: {bluetoothProtocolNames, "BTPROTO_???"},
	unix.AF_RXRPC:     {familyNames, "AF_???"},
	unix.AF_KCM:       {nameTable{{unix.KCMPROTO_CONNECTED, "KCMPROTO_CONNECTED"}}, "KCMPROTO_???"},
	unix.AF_SMC:       {nameTable{{0, "SMCPROTO_SMC"}, {1, "SMCPROTO_SMC6"}}, "SMCPROTO_???"}, // <net/smc.h> of the kernel
}

func (t *traceLine) protocol(domain, proto int) {
	family, ok := familyProtocols[domain]
	switch {
	case ok:
		t.cname(family.names, proto, family.unknown)
	case domain == unix.AF_PACKET:
		t.text("", "htons(")
		t.named("", ethernetNames, uint64(Ntohs(uint16(cInt(proto)))), "ETH_P_???")
		t.raw(")")
	default:
		t.uint("", uint64(uintptr(cInt(proto))))
	}
}

func traceEpollCreate1(flags, epfd int, e Errno) {
	t := traceNew("epoll_create1")
	t.cflags(epollFlagNames, flags, "EPOLL_???")
	t.end(epfd, e)
}

func traceDup3(fd, nfd, flags, result int, e Errno) {
	t := traceCall("dup3", fd)
	t.cint(nfd)
	t.cflags(openFlagNames, flags, "O_???")
	t.end(result, e)
}

func tracePipe2(fds *[2]int32, flags int, e Errno) {
	t := traceNew("pipe2")
	t.pair(fds, e)
	t.cflags(openFlagNames, flags, "O_???")
	t.end(0, e)
}

// traceIoctlInt is an ioctl(2) that gives a C int.
func traceIoctlInt(fd int, request uintptr, v *int32, e Errno) {
	t := traceCall("ioctl", fd)
	t.named("", ioctlNames, uint64(request), "")
	if e != 0 {
		t.pointer("", pointerAddress(v))
	} else {
		t.indirect(*v)
	}
	t.end(0, e)
}

// traceIfreq is an ioctl(2) that goes from an interface's name to its number, or back.
func traceIfreq(fd int, request uintptr, r *ifreq, e Errno) {
	t := traceCall("ioctl", fd)
	name, index, toIndex := []byte(r.name()), int64(r.index()), request == unix.SIOCGIFINDEX
	if toIndex {
		t.text("", "SIOCGIFINDEX")
		t.open("", "{")
		t.quoted("ifr_name", name)
	} else {
		t.text("", "SIOCGIFNAME")
		t.open("", "{")
		t.int("ifr_ifindex", index)
	}
	switch {
	case e != 0:
	case toIndex:
		t.int("ifr_ifindex", index)
	default:
		t.quoted("ifr_name", name)
	}
	t.raw("}")
	t.end(0, e)
}
