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

// link is an interface as RTM_NEWLINK reports it.
type link struct {
	name         string
	hatype       uint16
	index, flags uint32
}

// rtnetlink returns a new NETLINK_ROUTE socket in the multicast groups of a mask.
func rtnetlink(t *testing.T, groups uint32) int {
	t.Helper()
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_ROUTE)
	check(t, Bind(fd, Netlink(0, groups)))
	return fd
}

// askLink sends the kernel a message about an interface; index 0 means none.
func askLink(t *testing.T, fd int, typ, flags uint16, index, set uint32) {
	t.Helper()
	sendTo(t, fd, linkMessage(typ, flags, index, set), Netlink(0, 0))
}

func linkMessage(typ, flags uint16, index, set uint32) []byte {
	e := binary.NativeEndian
	p := e.AppendUint32(nil, sizeMessage+sizeLink)
	p = e.AppendUint16(e.AppendUint16(p, typ), unix.NLM_F_REQUEST|flags)
	p = e.AppendUint32(e.AppendUint32(p, 1), 0) // the sequence number, and no port
	p = e.AppendUint32(e.AppendUint32(p, AF_UNSPEC), index)
	return e.AppendUint32(e.AppendUint32(p, set), set)
}

// parts iterates over parts that begin with their length and are padded to 4 bytes.
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

// answers receives the kernel's answers, including the message that ends them.
func answers(t *testing.T, fd int) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for {
			p, from := receiveFrom(t, fd)
			if port, _, ok := from.Netlink(); !ok || port != 0 {
				t.Errorf("answer from %v, want the kernel's port 0", from)
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

// lo asks for all interfaces and returns the loopback one, which every network namespace has.
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
		t.Fatal("the answers of the kernel have no interface lo")
	}
	return found
}

// setUp brings an interface up, and waits for the kernel's acknowledgment.
func setUp(t *testing.T, index uint32) {
	t.Helper()
	fd := rtnetlink(t, 0)
	askLink(t, fd, unix.RTM_NEWLINK, unix.NLM_F_ACK, index, unix.IFF_UP)
	for typ, p := range answers(t, fd) {
		if typ != unix.NLMSG_ERROR || len(p) < 4 || binary.NativeEndian.Uint32(p) != 0 {
			t.Fatalf("bringing the interface up: message type %d, %x", typ, p)
		}
	}
}

func TestNetlinkLinks(t *testing.T) {
	l := lo(t)
	const loopbackHatype = 772
	if index, err := IfNametoindex("lo"); l.hatype != loopbackHatype || l.flags&unix.IFF_LOOPBACK == 0 || int(l.index) != index {
		t.Errorf("lo = %+v, want a loopback interface with index %d, %v", l, index, err)
	}
}

// Messages to a group arrive unasked, and carry the group's number.
func TestNetlinkGroup(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	fd := rtnetlink(t, 0)
	groups := func(want uint32) {
		t.Helper()
		if _, got, ok := name(t, fd).Netlink(); got != want || !ok {
			t.Errorf("groups = %#x, want %#x", got, want)
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
