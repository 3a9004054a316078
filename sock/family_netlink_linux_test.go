package sock_test

import (
	"encoding/binary"
	"iter"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// Sizes of struct nlmsghdr, ifinfomsg and rtattr: netlink(7), rtnetlink(7).
const sizeMessage, sizeLink, sizeAttribute = unix.SizeofNlMsghdr, unix.SizeofIfInfomsg, 4

// link is what RTM_NEWLINK tells of an interface.
type link struct {
	name         string
	hatype       uint16
	index, flags uint32
}

// rtnetlink is a new socket of NETLINK_ROUTE, in the multicast groups that a mask names.
func rtnetlink(t *testing.T, groups uint32) int {
	t.Helper()
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_ROUTE)
	check(t, Bind(fd, Netlink(0, groups)))
	return fd
}

// askLink sends the kernel a message about an interface; 0 is none.
func askLink(t *testing.T, fd int, typ, flags uint16, index, set uint32) {
	t.Helper()
	e := binary.NativeEndian
	p := e.AppendUint32(nil, sizeMessage+sizeLink)
	p = e.AppendUint16(e.AppendUint16(p, typ), unix.NLM_F_REQUEST|flags)
	p = e.AppendUint32(e.AppendUint32(p, 1), 0) // the sequence number, and no port
	p = e.AppendUint32(e.AppendUint32(p, AF_UNSPEC), index)
	p = e.AppendUint32(e.AppendUint32(p, set), set)
	sendTo(t, fd, p, Netlink(0, 0))
}

// parts goes through what begins with its own length, and is padded to 4 bytes.
func parts(p []byte, length func(p []byte) int, least int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(p) >= least {
			n := length(p)
			if n < least || n > len(p) || !yield(p[:n]) {
				return
			}
			p = p[min((n+3)&^3, len(p)):]
		}
	}
}

// answers receives what the kernel answers, up to and with the message that ends it.
func answers(t *testing.T, fd int) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for {
			p, from := receiveFrom(t, fd)
			if port, _, ok := from.Netlink(); !ok || port != 0 {
				t.Errorf("it is from %v; want the kernel", from)
			}
			for m := range parts(p, func(p []byte) int { return int(binary.NativeEndian.Uint32(p)) }, sizeMessage) {
				typ := binary.NativeEndian.Uint16(m[4:])
				if !yield(typ, m[sizeMessage:]) || typ == unix.NLMSG_DONE || typ == unix.NLMSG_ERROR {
					return
				}
			}
		}
	}
}

// decodeLink reads struct ifinfomsg and the attribute IFLA_IFNAME.
func decodeLink(p []byte) link {
	e := binary.NativeEndian
	l := link{hatype: e.Uint16(p[2:]), index: e.Uint32(p[4:]), flags: e.Uint32(p[8:])}
	for a := range parts(p[sizeLink:], func(p []byte) int { return int(e.Uint16(p)) }, sizeAttribute) {
		if e.Uint16(a[2:]) == unix.IFLA_IFNAME {
			l.name = unix.ByteSliceToString(a[sizeAttribute:])
		}
	}
	return l
}

// lo asks for all interfaces and finds the loopback one, which every network has.
func lo(t *testing.T) (found link) {
	t.Helper()
	fd := rtnetlink(t, 0)
	askLink(t, fd, unix.RTM_GETLINK, unix.NLM_F_DUMP, 0, 0)
	for typ, p := range answers(t, fd) {
		if typ == unix.RTM_NEWLINK && decodeLink(p).name == "lo" {
			found = decodeLink(p)
		}
	}
	if found.name == "" {
		t.Fatal("there is no lo")
	}
	return found
}

// setUp turns an interface on, and waits for the kernel's word that it did.
func setUp(t *testing.T, index uint32) {
	t.Helper()
	fd := rtnetlink(t, 0)
	askLink(t, fd, unix.RTM_NEWLINK, unix.NLM_F_ACK, index, unix.IFF_UP)
	for typ, p := range answers(t, fd) {
		if typ != unix.NLMSG_ERROR || len(p) < 4 || binary.NativeEndian.Uint32(p) != 0 {
			t.Fatalf("turning it on gave type %d, %x", typ, p)
		}
	}
}

func TestNetlinkLinks(t *testing.T) {
	l := lo(t)
	const loopbackHatype = 772
	if index, err := IfNametoindex("lo"); l.hatype != loopbackHatype || l.flags&unix.IFF_LOOPBACK == 0 || int(l.index) != index {
		t.Errorf("lo is %+v, of index %d, %v", l, index, err)
	}
}

// What the kernel tells a group comes without being asked, under the number of the group.
func TestNetlinkGroup(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	fd := rtnetlink(t, 0)
	groups := func(want uint32) {
		t.Helper()
		if _, got, ok := name(t, fd).Netlink(); got != want || !ok {
			t.Errorf("the groups are %#x; want %#x", got, want)
		}
	}
	groups(0)
	check(t, Setsockopt(fd, NETLINK_ADD_MEMBERSHIP, unix.RTNLGRP_LINK))
	groups(1 << (unix.RTNLGRP_LINK - 1))

	other := rtnetlink(t, 0)
	askLink(t, other, unix.RTM_NEWLINK, unix.NLM_F_ACK, lo(t).index, unix.IFF_PROMISC)
	for typ, p := range answers(t, fd) {
		if l := decodeLink(p); typ == unix.RTM_NEWLINK && l.flags&unix.IFF_PROMISC != 0 {
			break
		}
	}
	check(t, Setsockopt(fd, NETLINK_DROP_MEMBERSHIP, unix.RTNLGRP_LINK))
	groups(0)
}
