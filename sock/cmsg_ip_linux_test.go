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
	control := CMSG_IP_TOS.Append(CMSG_IP_TTL.Append(nil, 42), 0x10)
	sendWith(t, a, Sockaddr{}, control, "x")
	m, _ := receiveWith(t, b, 0)
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
	control := CMSG_IPV6_TCLASS.Append(CMSG_IPV6_HOPLIMIT.Append(nil, 42), 0x20)
	control = CMSG_IPV6_PKTINFO.Append(control, In6Pktinfo{Addr: netip.IPv6Loopback()})
	sendWith(t, a, Sockaddr{}, control, "x")
	m, _ := receiveWith(t, b, 0)
	has(t, m, CMSG_IPV6_HOPLIMIT, 42)
	has(t, m, CMSG_IPV6_TCLASS, 0x20)
	has(t, m, CMSG_IPV6_PKTINFO, In6Pktinfo{netip.IPv6Loopback(), loopback(t).Index})
	has(t, m, CMSG_IPV6_ORIGDSTADDR, name(t, b))
	if flow := found(t, m, CMSG_IPV6_FLOWINFO); flow>>20 != 0x20 {
		t.Errorf("flow information is %#x, want the traffic class in its first bits", flow)
	}
}

// IPv4 packets on a dual-stack socket have the control messages of both families.
func TestMappedControls(t *testing.T) {
	needKernel(t)
	b := socket(t, AF_INET6, SOCK_DGRAM, 0)
	check(t, Setsockopt(b, IPV6_V6ONLY, false))
	check(t, Bind(b, inet("[::]:0")))
	turn(t, b, IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
	turn(t, b, IPPROTO_IP, unix.IP_RECVTTL, 1)
	turn(t, b, IPPROTO_IP, unix.IP_RECVTOS, 1)
	a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	sendWith(t, a, Inet(netip.AddrPortFrom(localhost, name(t, b).AddrPort().Port())), CMSG_IP_TTL.Append(nil, 42), "x")
	m, _ := receiveWith(t, b, 0)
	info := In6Pktinfo{netip.MustParseAddr("::ffff:127.0.0.1"), loopback(t).Index}
	has(t, m, CMSG_IPV6_PKTINFO, info)
	has(t, m, CMSG_IP_TTL, 42)
	has(t, m, CMSG_IP_TOS, 0)
	sendWith(t, b, m.Name, CMSG_IPV6_PKTINFO.Append(nil, info), "back")
	if m, text := receiveWith(t, a, 0); text != "back" || m.Name.AddrPort().Addr() != localhost {
		t.Errorf("got %q from %v, want \"back\" from %v", text, m.Name, localhost)
	}
}

// A socket that is bound to all addresses can answer from the one that was asked.
func TestAnswerFromTheAddressAsked(t *testing.T) {
	needKernel(t)
	b := bound(t, AF_INET, SOCK_DGRAM, inet("0.0.0.0:0"))
	turn(t, b, IPPROTO_IP, unix.IP_PKTINFO, 1)
	a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	asked := Inet(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), name(t, b).AddrPort().Port()))
	sendWith(t, a, asked, nil, "question")
	m, _ := receiveWith(t, b, 0)
	sendWith(t, b, m.Name, CMSG_IP_PKTINFO.Append(nil, found(t, m, CMSG_IP_PKTINFO)), "answer")
	if m, text := receiveWith(t, a, 0); text != "answer" || m.Name != asked {
		t.Errorf("got %q from %v, want \"answer\" from %v", text, m.Name, asked)
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
		"a large TTL":     CMSG_IP_TTL.Append(nil, tooLarge),
		"a large TOS":     CMSG_IP_TOS.Append(nil, tooLarge<<2),
		"a large segment": CMSG_UDP_SEGMENT.Append(nil, 1<<16+4),
		"an IPv6 source":  CMSG_IP_PKTINFO.Append(nil, InPktinfo{SpecDst: netip.IPv6Loopback()}),
	} {
		if n, err := Sendmsg(a, &Msg{Iov: [][]byte{[]byte("x")}, Control: control}, 0); n != 0 || err != EINVAL {
			t.Errorf("%s: Sendmsg = %d, %v, want EINVAL", name, n, err)
		}
	}
}
