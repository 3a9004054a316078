package sock_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// ownNetwork runs the test in a new network namespace, where lo is up and no other process sends.
func ownNetwork(t *testing.T) (inside bool) {
	t.Helper()
	needKernel(t)
	return socktest.Unshare(t, unix.CLONE_NEWNET)
}

// receiveFrom receives the next message of a socket, and returns it and its sender.
func receiveFrom(t *testing.T, fd int) ([]byte, Sockaddr) {
	t.Helper()
	await(t, fd, POLLIN)
	p := make([]byte, 1<<16)
	n, from, err := Recvfrom(fd, p, 0)
	check(t, err)
	return p[:n], from
}

func sendTo(t *testing.T, fd int, p []byte, to Sockaddr) {
	t.Helper()
	n, err := Sendto(fd, p, 0, to)
	if err == EADDRNOTAVAIL || err == ENETUNREACH {
		t.Skip("no such address on this system:", err)
	}
	if check(t, err); n != len(p) {
		t.Fatalf("sent %d of %d bytes", n, len(p))
	}
}

// A packet socket sees a frame on lo twice: as it leaves, and as it arrives.
func TestPacketCapture(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	const etherIP, loopbackHatype, etherHeader = 0x800, 772, 14
	index := int(lo(t).index)
	capture := rawSocket(t, AF_PACKET, SOCK_RAW, 0)
	check(t, Bind(capture, Packet(PacketAddr{Protocol: unix.ETH_P_ALL, Ifindex: index})))
	a, b := udpSockets(t)
	sendWith(t, a, Sockaddr{}, nil, "captured")
	for _, pkttype := range []uint8{unix.PACKET_OUTGOING, unix.PACKET_HOST} {
		frame, from := receiveFrom(t, capture)
		for !bytes.HasSuffix(frame, []byte("captured")) {
			frame, from = receiveFrom(t, capture)
		}
		want := PacketAddr{Protocol: etherIP, Ifindex: index, Hatype: loopbackHatype, Pkttype: pkttype, Halen: 6}
		if got, ok := from.Packet(); !ok || got != want {
			t.Errorf("Packet() = %+v, want %+v", got, want)
		}
		ports := frame[etherHeader+20:]
		if binary.BigEndian.Uint16(frame[12:]) != etherIP || binary.BigEndian.Uint16(ports) != name(t, a).AddrPort().Port() ||
			binary.BigEndian.Uint16(ports[2:]) != name(t, b).AddrPort().Port() {
			t.Errorf("frame = %x, want one of IPv4 between the two sockets' ports", frame)
		}
	}
}

// Types of ICMP messages: RFC 792, RFC 4443.
const (
	echoReply, echoRequest     = 0, 8
	echo6Request, echo6Reply   = 128, 129
	echoHeader, echoText       = 8, "are you there?"
	echoIdent, echoSequenceOne = 0x1234, 1
)

// icmpEcho returns an ICMP message with IPv4's checksum; the kernel computes IPv6's.
func icmpEcho(typ byte) []byte {
	p := append([]byte{typ, 0, 0, 0}, binary.BigEndian.AppendUint16(nil, echoIdent)...)
	p = append(binary.BigEndian.AppendUint16(p, echoSequenceOne), echoText...)
	sum := uint32(0)
	for i := 0; i < len(p); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(p[2:], ^uint16(sum))
	return p
}

// expectEcho checks that p is an ICMP message of a type with the data sent.
func expectEcho(t *testing.T, p []byte, typ byte, ident uint16) {
	t.Helper()
	if len(p) < echoHeader || p[0] != typ || binary.BigEndian.Uint16(p[4:]) != ident ||
		binary.BigEndian.Uint16(p[6:]) != echoSequenceOne || string(p[echoHeader:]) != echoText {
		t.Errorf("received %x, want type %d, identifier %#x", p, typ, ident)
	}
}

// A raw IPv4 socket also receives the IP header and, on lo, its own request, unless ICMP_FILTER blocks that.
func TestRawICMP(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	for _, typ := range []byte{echoReply, echoRequest} {
		fd := rawSocket(t, AF_INET, SOCK_RAW, IPPROTO_ICMP)
		check(t, Setsockopt(fd, ICMP_FILTER, ^(uint32(1)<<typ)))
		sendTo(t, fd, icmpEcho(echoRequest), inet("127.0.0.1:0"))
		p, from := receiveFrom(t, fd)
		if from != inet("127.0.0.1:0") {
			t.Errorf("received a message from %v, want the loopback address", from)
		}
		if len(p) < 20 || p[0]>>4 != 4 || p[9] != IPPROTO_ICMP {
			t.Fatalf("no IP header before %x", p)
		}
		expectEcho(t, p[4*(p[0]&0xf):], typ, echoIdent)
	}
}

func TestRawICMPv6(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	for _, typ := range []byte{echo6Reply, echo6Request} {
		fd := rawSocket(t, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
		var filter ICMPv6Filter
		filter.SetBlockAll()
		filter.SetPass(typ)
		check(t, Setsockopt(fd, ICMPV6_FILTER, filter))
		sendTo(t, fd, icmpEcho(echo6Request), inet("[::1]:0"))
		p, from := receiveFrom(t, fd)
		if from.AddrPort().Addr() != inet("[::1]:0").AddrPort().Addr() {
			t.Errorf("received a message from %v, want the loopback address", from)
		}
		expectEcho(t, p, typ, echoIdent)
	}
}

// Ping sockets are open to the groups in a sysctl, here root's. The kernel picks the identifier, which is the socket's
// port.
func TestPing(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 0"), 0); err != nil {
		t.Skip("cannot allow ping sockets here:", err)
	}
	for _, test := range []struct {
		domain, proto  int
		to             Sockaddr
		request, reply byte
	}{
		{AF_INET, IPPROTO_ICMP, inet("127.0.0.1:0"), echoRequest, echoReply},
		{AF_INET6, IPPROTO_ICMPV6, inet("[::1]:0"), echo6Request, echo6Reply},
	} {
		fd := rawSocket(t, test.domain, SOCK_DGRAM, test.proto)
		sendTo(t, fd, icmpEcho(test.request), test.to)
		p, from := receiveFrom(t, fd)
		if from.AddrPort().Addr() != test.to.AddrPort().Addr() {
			t.Errorf("received the answer from %v, want %v", from, test.to)
		}
		expectEcho(t, p, test.reply, name(t, fd).AddrPort().Port())
	}
}
