package strace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

func (t *Line) EpollFlags(v int32)     { t.cflags(epollFlagNames, v, "EPOLL_???") }
func (t *Line) EpollOp(v int32)        { t.cname(epollOpNames, v, "EPOLL_CTL_???") }
func (t *Line) OpenFlags(v int32)      { t.cflags(openFlagNames, v, "O_???") }
func (t *Line) SpliceFlags(v int32)    { t.cflags(spliceFlagNames, v, "SPLICE_F_???") }
func (t *Line) RingEnterFlags(v int32) { t.cflags(ringEnterNames, v, "IORING_ENTER_???") }

func (t *Line) Ioctl(request uintptr) { t.named("", ioctlNames, uint64(request), "") }

func (t *Line) Netlink(p []byte) { t.netlink("", p) }

// Iovec appends an array of one struct iovec of length bytes, which begin with p.
func (t *Line) Iovec(p []byte, length int) {
	t.open("", "[{")
	t.buffer("iov_base", p)
	t.uint("iov_len", uint64(length))
	t.raw("}]")
}

// UnknownIovec appends an Iovec into which nothing was read.
func (t *Line) UnknownIovec(address uintptr, length int) {
	t.open("", "[{")
	t.pointer("iov_base", address)
	t.uint("iov_len", uint64(length))
	t.raw("}]")
}

// familyProtocols names the protocols of some families; those of other families are shown as numbers.
var familyProtocols = map[int32]struct {
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

// Protocol appends a protocol of a family.
func (t *Line) Protocol(domain, proto int32) {
	family, ok := familyProtocols[domain]
	switch {
	case ok:
		t.cname(family.names, proto, family.unknown)
	case domain == unix.AF_PACKET:
		t.ethernet("", binary.NativeEndian.AppendUint16(nil, uint16(proto)))
	default:
		t.uint("", uint64(uintptr(proto)))
	}
}

// Offset appends the offset that an argument points to.
func (t *Line) Offset(v int64) {
	t.open("", "[")
	t.int("", v)
	t.raw("]")
}

// Moved appends an unsigned offset: its value before the call and, if the call moved it, its value after.
func (t *Line) Moved(before, after int64, moved bool) {
	t.open("", "[")
	t.uint("", uint64(before))
	t.raw("]")
	if moved {
		t.raw(" => [")
		t.appendInt(after)
		t.raw("]")
	}
}

// IfreqIndex appends the arguments of an ioctl(2) that looks up an interface's index by its name.
func (t *Line) IfreqIndex(name string, index int, ok bool) {
	t.text("", "SIOCGIFINDEX")
	t.open("", "{")
	t.quoted("ifr_name", []byte(name))
	if ok {
		t.int("ifr_ifindex", int64(index))
	}
	t.raw("}")
}

// IfreqName appends the arguments of an ioctl(2) that looks up an interface's name by its index.
func (t *Line) IfreqName(index int, name string, ok bool) {
	t.text("", "SIOCGIFNAME")
	t.open("", "{")
	t.int("ifr_ifindex", int64(index))
	if ok {
		t.quoted("ifr_name", []byte(name))
	}
	t.raw("}")
}
