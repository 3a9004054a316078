package sock_test

import (
	"net/netip"
	"strconv"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestIPControls(t *testing.T) {
	needKernel(t)
	a, b := oneWay(t, "127.0.0.1:0")
	for _, option := range []int{unix.IP_RECVTTL, unix.IP_RECVTOS, unix.IP_PKTINFO, unix.IP_RECVORIGDSTADDR} {
		turn(t, b, IPPROTO_IP, option, 1)
	}
	control := AppendControl(AppendControl(nil, CMSG_IP_TTL, 42), CMSG_IP_TOS, 0x10)
	send(t, a, Sockaddr{}, control, "x")
	m, _ := receive(t, b, 0)
	has(t, m, CMSG_IP_TTL, 42)
	has(t, m, CMSG_IP_TOS, 0x10)
	has(t, m, CMSG_IP_PKTINFO, InPktinfo{loopback(t).Index, localhost, localhost})
	has(t, m, CMSG_IP_ORIGDSTADDR, name(t, b))
}

func TestIPv6Controls(t *testing.T) {
	needKernel(t)
	a, b := oneWay(t, "[::1]:0")
	for _, option := range []int{unix.IPV6_RECVHOPLIMIT, unix.IPV6_RECVTCLASS, unix.IPV6_RECVPKTINFO, unix.IPV6_RECVORIGDSTADDR, CMSG_IPV6_FLOWINFO.Type()} {
		turn(t, b, IPPROTO_IPV6, option, 1)
	}
	control := AppendControl(AppendControl(nil, CMSG_IPV6_HOPLIMIT, 42), CMSG_IPV6_TCLASS, 0x20)
	control = AppendControl(control, CMSG_IPV6_PKTINFO, In6Pktinfo{Addr: netip.IPv6Loopback()})
	send(t, a, Sockaddr{}, control, "x")
	m, _ := receive(t, b, 0)
	has(t, m, CMSG_IPV6_HOPLIMIT, 42)
	has(t, m, CMSG_IPV6_TCLASS, 0x20)
	has(t, m, CMSG_IPV6_PKTINFO, In6Pktinfo{netip.IPv6Loopback(), loopback(t).Index})
	has(t, m, CMSG_IPV6_ORIGDSTADDR, name(t, b))
	if flow := found(t, m, CMSG_IPV6_FLOWINFO); flow>>20 != 0x20 {
		t.Errorf("the flow information is %#x; want the traffic class in its first bits", flow)
	}
}

// IPv4 traffic on a socket of both has the control messages of both.
func TestMappedControls(t *testing.T) {
	needKernel(t)
	b := socket(t, AF_INET6, SOCK_DGRAM, 0)
	check(t, Setsockopt(b, IPV6_V6ONLY, false))
	check(t, Bind(b, inet("[::]:0")))
	turn(t, b, IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
	turn(t, b, IPPROTO_IP, unix.IP_RECVTTL, 1)
	turn(t, b, IPPROTO_IP, unix.IP_RECVTOS, 1)
	a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	send(t, a, Inet(netip.AddrPortFrom(localhost, name(t, b).AddrPort().Port())), AppendControl(nil, CMSG_IP_TTL, 42), "x")
	m, _ := receive(t, b, 0)
	info := In6Pktinfo{netip.MustParseAddr("::ffff:127.0.0.1"), loopback(t).Index}
	has(t, m, CMSG_IPV6_PKTINFO, info)
	has(t, m, CMSG_IP_TTL, 42)
	has(t, m, CMSG_IP_TOS, 0)
	send(t, b, m.Name, AppendControl(nil, CMSG_IPV6_PKTINFO, info), "back")
	if m, text := receive(t, a, 0); text != "back" || m.Name.AddrPort().Addr() != localhost {
		t.Errorf("%q came back from %v", text, m.Name)
	}
}

// An answer leaves from the address that was asked, though the socket has them all.
func TestAnswerFromTheAddressAsked(t *testing.T) {
	needKernel(t)
	b := bound(t, AF_INET, SOCK_DGRAM, inet("0.0.0.0:0"))
	turn(t, b, IPPROTO_IP, unix.IP_PKTINFO, 1)
	a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	asked := Inet(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), name(t, b).AddrPort().Port()))
	send(t, a, asked, nil, "question")
	m, _ := receive(t, b, 0)
	send(t, b, m.Name, AppendControl(nil, CMSG_IP_PKTINFO, found(t, m, CMSG_IP_PKTINFO)), "answer")
	if m, text := receive(t, a, 0); text != "answer" || m.Name != asked {
		t.Errorf("%q came from %v; want %v", text, m.Name, asked)
	}
}

func TestRefusedControls(t *testing.T) {
	needKernel(t)
	a, _ := oneWay(t, "127.0.0.1:0")
	tooLarge := 64
	if strconv.IntSize > 32 {
		tooLarge |= 1 << (40 % strconv.IntSize)
	} else {
		tooLarge = 256
	}
	for name, control := range map[string][]byte{
		"a TTL that is too large":     AppendControl(nil, CMSG_IP_TTL, tooLarge),
		"a TOS that is too large":     AppendControl(nil, CMSG_IP_TOS, tooLarge<<2),
		"a segment that is too large": AppendControl(nil, CMSG_UDP_SEGMENT, 1<<16+4),
		"a source of IPv6":            AppendControl(nil, CMSG_IP_PKTINFO, InPktinfo{SpecDst: netip.IPv6Loopback()}),
	} {
		if n, err := Sendmsg(a, &Msg{Iov: [][]byte{[]byte("x")}, Control: control}, 0); n != 0 || err != EINVAL {
			t.Errorf("%s: Sendmsg = %d, %v; want EINVAL", name, n, err)
		}
	}
}
