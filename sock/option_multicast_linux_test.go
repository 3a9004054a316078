package sock_test

import (
	"crypto/rand"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// anyOptionSet is an option and the value to set.
type anyOptionSet struct {
	option AnyOption
	value  any
}

// multicastTests are ways to join a group on the loopback interface and to leave it.
var multicastTests = []struct{ join, leave anyOptionSet }{
	{
		anyOptionSet{IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: group4, Ifindex: 1}},
		anyOptionSet{IP_DROP_MEMBERSHIP, IPMreqn{Multiaddr: group4, Ifindex: 1}}},
	{
		anyOptionSet{IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: group4, Address: self4}},
		anyOptionSet{IP_DROP_MEMBERSHIP, IPMreqn{Multiaddr: group4, Address: self4}}},
	{
		anyOptionSet{IP_ADD_SOURCE_MEMBERSHIP, source},
		anyOptionSet{IP_DROP_SOURCE_MEMBERSHIP, source}},
	{
		anyOptionSet{MCAST_JOIN_GROUP, GroupReq{1, sockaddr(group4)}},
		anyOptionSet{MCAST_LEAVE_GROUP, GroupReq{1, sockaddr(group4)}}},
	{
		anyOptionSet{MCAST_JOIN_SOURCE_GROUP, GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}},
		anyOptionSet{MCAST_LEAVE_SOURCE_GROUP, GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}}},
}

// A datagram to the group arrives only while the socket is a member.
func TestMulticast(t *testing.T) {
	needKernel(t)
	for i, test := range multicastTests {
		t.Run(test.join.option.Name()+"/"+strconv.Itoa(i), func(t *testing.T) {
			from, to := multicaster(t)
			arrives(t, from, to, false)
			check(t, test.join.option.Set(to, test.join.value))
			arrives(t, from, to, true)
			check(t, test.leave.option.Set(to, test.leave.value))
			arrives(t, from, to, false)
		})
	}
}

// multicaster returns a socket connected to a group through the loopback interface, and one bound to the port that
// receives only from groups that it has joined.
func multicaster(t *testing.T) (from, to int) {
	to = bound(t, AF_INET, SOCK_DGRAM, inet("0.0.0.0:0"))
	check(t, Setsockopt(to, IP_MULTICAST_ALL, false))
	from = bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(t, Setsockopt(from, IP_MULTICAST_IF, IPMreqn{Ifindex: 1}))
	check(t, Connect(from, Inet(netip.AddrPortFrom(group4, name(t, to).AddrPort().Port()))))
	return from, to
}

// arrives sends a datagram, which arrives over the loopback interface or never.
func arrives(t *testing.T, from, to int, want bool) {
	t.Helper()
	send(t, from, "x")
	if want {
		receive(t, to, 8, 0, "x")
	} else if n, err := Recv(to, make([]byte, 8), MSG_DONTWAIT); err != EAGAIN {
		t.Errorf("Recv = %d, %v, want EAGAIN", n, err)
	}
}

// Nothing can be sent to an IPv6 group through the loopback interface, but the kernel lists the members.
func TestMulticast6(t *testing.T) {
	needKernel(t)
	random := [16]byte{0: 0xff, 1: 0x35}
	rand.Read(random[2:])
	group, fd := netip.AddrFrom16(random), udp6(t)
	joined := func(after AnyOption, want bool) {
		t.Helper()
		text, err := os.ReadFile("/proc/self/net/igmp6")
		check(t, err)
		if got := strings.Contains(string(text), hex.EncodeToString(random[:])); got != want {
			t.Errorf("after %v of %v: member of the group = %t, want %t", after, group, got, want)
		}
	}
	member := GroupReq{1, sockaddr(group)}
	check(t, Setsockopt(fd, IPV6_JOIN_GROUP, IPv6Mreq{group, 1}))
	joined(IPV6_JOIN_GROUP, true)
	check(t, Setsockopt(fd, IPV6_LEAVE_GROUP, IPv6Mreq{group, 1}))
	joined(IPV6_LEAVE_GROUP, false)
	check(t, Setsockopt(fd, MCAST6_JOIN_GROUP, member))
	joined(MCAST6_JOIN_GROUP, true)
	check(t, Setsockopt(fd, MCAST6_LEAVE_GROUP, member))
	joined(MCAST6_LEAVE_GROUP, false)
	from := GroupSourceReq{1, sockaddr(group), sockaddr(self6)}
	check(t, Setsockopt(fd, MCAST6_JOIN_SOURCE_GROUP, from))
	joined(MCAST6_JOIN_SOURCE_GROUP, true)
	check(t, Setsockopt(fd, MCAST6_LEAVE_SOURCE_GROUP, from))
	joined(MCAST6_LEAVE_SOURCE_GROUP, false)
	check(t, Setsockopt(fd, MCAST6_JOIN_GROUP, member))
	check(t, Setsockopt(fd, MCAST6_BLOCK_SOURCE, from))
	check(t, Setsockopt(fd, MCAST6_UNBLOCK_SOURCE, from))
	if err := Setsockopt(fd, MCAST6_UNBLOCK_SOURCE, from); err != EADDRNOTAVAIL {
		t.Errorf("unblocking what isn't blocked: %v, want EADDRNOTAVAIL", err)
	}
}

// A source of a group can be blocked and unblocked.
func TestBlockedSource(t *testing.T) {
	needKernel(t)
	from, to := multicaster(t)
	check(t, Setsockopt(to, IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: group4, Address: self4}))
	check(t, Setsockopt(to, IP_BLOCK_SOURCE, source))
	arrives(t, from, to, false)
	check(t, Setsockopt(to, IP_UNBLOCK_SOURCE, source))
	arrives(t, from, to, true)
	blocked := GroupSourceReq{1, sockaddr(group4), sockaddr(self4)}
	check(t, Setsockopt(to, MCAST_BLOCK_SOURCE, blocked))
	arrives(t, from, to, false)
	check(t, Setsockopt(to, MCAST_UNBLOCK_SOURCE, blocked))
	arrives(t, from, to, true)
}

func TestMappedGroup(t *testing.T) {
	needKernel(t)
	fd, mapped := udp4(t), netip.AddrFrom16(group4.As16())
	check(t, Setsockopt(fd, IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: mapped, Ifindex: 1}))
	check(t, Setsockopt(fd, IP_DROP_MEMBERSHIP, IPMreqn{Multiaddr: group4, Ifindex: 1}))
}

func TestMulticastIf(t *testing.T) {
	needKernel(t)
	fd := udp4(t)
	check(t, Setsockopt(fd, IP_MULTICAST_IF, IPMreqn{Address: self4}))
	if v, err := Getsockopt(fd, IP_MULTICAST_IF); err != nil || v != (IPMreqn{Address: self4}) {
		t.Errorf("Getsockopt(IP_MULTICAST_IF) = %v, %v, want %v", v, err, IPMreqn{Address: self4})
	}
	check(t, Setsockopt(fd, IP_UNICAST_IF, 1))
	if v, err := Getsockopt(fd, IP_UNICAST_IF); err != nil || v != 1 {
		t.Errorf("Getsockopt(IP_UNICAST_IF) = %v, %v, want 1", v, err)
	}
}

// An address of the other family, one with a zone that can't be passed, and an index that is too large.
func TestMulticastOutOfRange(t *testing.T) {
	zoned := netip.MustParseAddr("ff02::1%lo")
	tests := map[string]error{
		"IPv6 group":          Setsockopt(-1, IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: group6}),
		"IPv6 interface":      Setsockopt(-1, IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: group4, Address: self6}),
		"IPv6 source":         Setsockopt(-1, IP_BLOCK_SOURCE, IPMreqSource{group4, self4, self6}),
		"mapped group's zone": Setsockopt(-1, IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: netip.MustParseAddr("::ffff:232.1.2.3%lo")}),
		"IPv4 group":          Setsockopt(-1, IPV6_JOIN_GROUP, IPv6Mreq{group4, 1}),
		"zone":                Setsockopt(-1, IPV6_JOIN_GROUP, IPv6Mreq{zoned, 1}),
		"IPv4 source address": Setsockopt(-1, IPV6_PKTINFO, In6Pktinfo{self4, 1}),
	}
	if large := 1; strconv.IntSize > 32 {
		large |= 1 << (40 % strconv.IntSize)
		tests["number of ip_mreqn"] = Setsockopt(-1, IP_ADD_MEMBERSHIP, IPMreqn{Multiaddr: group4, Ifindex: large})
		tests["number of ipv6_mreq"] = Setsockopt(-1, IPV6_JOIN_GROUP, IPv6Mreq{group6, large})
		tests["number of group_req"] = Setsockopt(-1, MCAST_JOIN_GROUP, GroupReq{large, sockaddr(group4)})
		tests["number of group_source_req"] = Setsockopt(-1, MCAST_BLOCK_SOURCE, GroupSourceReq{Interface: large})
		tests["number in network order"] = Setsockopt(-1, IP_UNICAST_IF, large)
	}
	for what, err := range tests {
		if err != EINVAL {
			t.Errorf("%s: %v, want EINVAL", what, err)
		}
	}
	if err := Setsockopt(-1, IPV6_PKTINFO, In6Pktinfo{zoned, 1}); err != EBADF { // the index is the zone
		t.Errorf("Setsockopt(-1, IPV6_PKTINFO) with a zone = %v, want EBADF", err)
	}
	if err := Setsockopt(-1, IP_ADD_MEMBERSHIP, IPMreqn{}); err != EBADF {
		t.Errorf("Setsockopt(-1, IP_ADD_MEMBERSHIP) without an address = %v, want EBADF", err)
	}
}
