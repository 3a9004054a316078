package sock_test

import (
	"math"
	"os"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// simply returns the open function of a traceCase whose calls need nothing opened first.
func simply(calls func()) func(*testing.T) func() {
	return func(*testing.T) func() { return calls }
}

// opened creates and closes a socket.
func opened(domain, typ, proto int) {
	if fd, err := Socket(domain, typ, proto); err == nil {
		Close(fd)
	}
}

var socketTraces = []traceCase{
	{"socket", simply(func() {
		for _, s := range [][3]int{
			{AF_INET, SOCK_STREAM, 0}, {AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP}, {AF_INET6, SOCK_STREAM, IPPROTO_TCP},
			{AF_INET, SOCK_RAW, IPPROTO_ICMP}, {AF_INET, SOCK_RAW, 255}, {AF_INET, SOCK_STREAM, IPPROTO_MPTCP}, {AF_INET, SOCK_STREAM, 300},
			{AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE}, {AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP}, {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
			{AF_UNIX, SOCK_SEQPACKET, 0}, {AF_UNIX, SOCK_DGRAM, 7}, {AF_UNIX, SOCK_STREAM, -1},
			{AF_NETLINK, SOCK_RAW, unix.NETLINK_ROUTE}, {AF_NETLINK, SOCK_DGRAM, unix.NETLINK_GENERIC}, {AF_NETLINK, SOCK_RAW, 99},
			{AF_PACKET, SOCK_RAW, int(Htons(unix.ETH_P_ALL))}, {AF_PACKET, SOCK_DGRAM, int(Htons(unix.ETH_P_IP))},
			{AF_PACKET, SOCK_RAW, int(Htons(0x9999))}, {AF_PACKET, unix.SOCK_PACKET, 0},
			{AF_CAN, SOCK_RAW, unix.CAN_RAW}, {AF_CAN, SOCK_DGRAM, unix.CAN_ISOTP}, {AF_CAN, SOCK_DGRAM, 9},
			{AF_BLUETOOTH, SOCK_RAW, unix.BTPROTO_HCI}, {AF_RXRPC, SOCK_DGRAM, AF_INET}, {AF_KCM, SOCK_DGRAM, 0}, {AF_SMC, SOCK_STREAM, 1},
			{AF_VSOCK, SOCK_STREAM, 0}, {AF_ALG, SOCK_SEQPACKET, 0}, {AF_XDP, SOCK_RAW, 0}, {AF_TIPC, SOCK_RDM, 0}, {AF_MCTP, SOCK_DGRAM, 0},
			{AF_UNSPEC, SOCK_STREAM, 0}, {77, SOCK_STREAM, 3}, {-1, SOCK_STREAM, 0}, {AF_INET, 0, 0}, {AF_INET, 9, 0},
			{AF_INET, unix.SOCK_DCCP, IPPROTO_DCCP}, {AF_INET, -1, 0}, {AF_INET, SOCK_STREAM | 1<<20, 0}, {math.MaxInt, SOCK_STREAM, 0},
		} {
			opened(s[0], s[1], s[2])
		}
	})},
	{"socketpair", simply(func() {
		for _, typ := range []int{SOCK_STREAM, SOCK_DGRAM | SOCK_NONBLOCK, SOCK_SEQPACKET} {
			if fds, err := Socketpair(AF_UNIX, typ, 0); err == nil {
				Close(fds[0])
				Close(fds[1])
			}
		}
		Socketpair(AF_INET, SOCK_STREAM, 0)
		Socketpair(AF_UNIX, SOCK_STREAM, -3)
	})},
	{"addresses", func(t *testing.T) func() {
		fd := socket(t, AF_INET, SOCK_DGRAM, 0)
		all := traceAddresses(t)
		return func() {
			for _, sa := range all {
				Bind(fd, sa)
				Bind(-1, sa)
				Connect(-1, sa)
				Sendto(-1, []byte("x"), 0, sa)
			}
		}
	}},
	{"tcp", func(t *testing.T) func() {
		return func() { traceConversation(AF_INET, SOCK_STREAM, inet("127.0.0.1:0")) }
	}},
	{"tcp6", func(t *testing.T) func() {
		bound(t, AF_INET6, SOCK_STREAM, inet("[::1]:0"))
		return func() { traceConversation(AF_INET6, SOCK_STREAM, inet("[::1]:0")) }
	}},
	{"unix path", func(t *testing.T) func() {
		dir, err := os.MkdirTemp("", "t")
		check(t, err)
		t.Cleanup(func() { os.RemoveAll(dir) })
		return func() {
			traceConversation(AF_UNIX, SOCK_STREAM, unixPath(t, dir+"/s"))
			traceConversation(AF_UNIX, SOCK_SEQPACKET, unixPath(t, dir+"/"+strings.Repeat("l", 107-len(dir)))) // leaves no byte for the NUL in C's struct
		}
	}},
	{"unix abstract", func(t *testing.T) func() {
		sa, err := Abstract("trace\x00\n\"of\\\xff7")
		check(t, err)
		return func() {
			traceConversation(AF_UNIX, SOCK_STREAM, sa)
			traceConversation(AF_UNIX, SOCK_STREAM, Unnamed())
		}
	}},
	{"vsock", func(t *testing.T) func() {
		bound(t, AF_VSOCK, SOCK_STREAM, VM(VMADDR_CID_ANY, VMADDR_PORT_ANY))
		return func() { traceConversation(AF_VSOCK, SOCK_STREAM, VM(VMADDR_CID_LOCAL, VMADDR_PORT_ANY)) }
	}},
	{"names", func(t *testing.T) func() {
		udp := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		nl := netlink(t)
		check(t, Bind(nl, Netlink(0, 5)))
		raw := packet(t)
		return func() {
			for _, fd := range []int{udp, nl, raw, -1, 1 << 20} {
				Getsockname(fd)
				Getpeername(fd)
			}
			Connect(udp, inet("127.0.0.1:9"))
			Getpeername(udp)
			Connect(udp, Unspec())
		}
	}},
	{"descriptors", func(t *testing.T) func() {
		fd := socket(t, AF_INET, SOCK_STREAM, 0)
		return func() {
			SetNonblock(fd, true)
			SetNonblock(fd, false)
			SetNonblock(-1, true)
			SetInheritable(fd, true)
			SetInheritable(fd, false)
			SetInheritable(-1, true)
			nfd, _ := Dup(fd)
			Dup(-1)
			Dup3(fd, nfd, 0)
			Dup3(fd, nfd, unix.O_NONBLOCK)
			Dup3(fd, fd, 0)
			Close(nfd)
			Close(nfd)
			Close(math.MaxInt)
			Shutdown(fd, SHUT_RD)
			Shutdown(fd, SHUT_WR)
			Shutdown(fd, 17)
			Listen(fd, -1)
			Listen(-1, 5)
			Accept4(-1, SOCK_NONBLOCK|1)
		}
	}},
	{"queues", func(t *testing.T) func() {
		client, server := tcpPair(t)
		return func() {
			Send(client, []byte("abc"), MSG_OOB)
			for _, fd := range []int{client, server, -1} {
				InputQueue(fd)
				OutputQueue(fd)
				UnsentQueue(fd)
				Sockatmark(fd)
			}
		}
	}},
	{"interfaces", simply(func() {
		IfNametoindex("lo")
		IfNametoindex("none")
		IfIndextoname(1)
		IfIndextoname(math.MaxInt32)
	})},
	{"connection errors", func(t *testing.T) func() {
		fd := tcp4(t)
		l, sa := listener(t)
		return func() {
			Connect(fd, unixPath(t, "/none/such"))
			Connect(fd, inet("127.0.0.1:1"))
			SocketError(fd)
			SetNonblock(l, true)
			Accept(l)
			Bind(l, sa)
			Send(fd, []byte("x"), 0)
			Getpeername(fd)
		}
	}},
}

// traceAddresses returns addresses of every family, including truncated ones.
func traceAddresses(t *testing.T) []Sockaddr {
	path, err := Unix("/run/\"x\"\n\x01")
	check(t, err)
	long, err := Unix(strings.Repeat("p", 108))
	check(t, err)
	abstract, err := Abstract("a\x007b")
	check(t, err)
	return []Sockaddr{
		inet("127.0.0.1:80"), inet("[::1]:80"), inet("[fe80::1%1]:80"), inet("[fe80::1%99999]:80"), inet("[ff02::1%1]:80"), inet("[2001:db8::1%3]:80"),
		inet("[::ffff:1.2.3.4]:80"), inet("[::1.2.3.4]:80"), inet("[::2:3]:80"), inet("[2001:0:0:1::]:80"), InetFlow(inet("[::1]:80").AddrPort(), 0x12345),
		path, long, abstract, Unnamed(), Unspec(), {}, Netlink(7, 9), Netlink(math.MaxUint32, math.MaxUint32), VM(1, 2), VM(VMADDR_CID_ANY, VMADDR_PORT_ANY),
		VM(VMADDR_CID_HOST, 1), raw(t, AF_VSOCK, "\x01\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x04\x05\x06"),
		Packet(PacketAddr{Protocol: unix.ETH_P_IPV6, Ifindex: 1, Hatype: unix.ARPHRD_LOOPBACK, Pkttype: unix.PACKET_OUTGOING, Halen: 6, Addr: [32]byte{0, 1, 0xab}}),
		Packet(PacketAddr{Protocol: 0x9999, Ifindex: 99999, Hatype: 0x1234, Pkttype: 77, Halen: 20}), Packet(PacketAddr{}),
		raw(t, AF_PACKET, strings.Repeat("\x00", 9)+"\x20"+strings.Repeat("\x07", 8)),
		XDP(XDPAddr{0, 1, 3, 0}), XDP(XDPAddr{1, 99999, 0, 0}), XDP(XDPAddr{Flags: 0xfffe}), CAN(CANAddr{1, 2, 3}), algAddr(t, "hash", "sha256"), raw(t, AF_ALG, strings.Repeat("x", 14)+strings.Repeat("\x00", 8)+strings.Repeat("y", 64)),
		raw(t, AF_INET, "\x00\x50\x7f"), raw(t, AF_INET6, strings.Repeat("\x01", 22)), raw(t, AF_INET, "\x00\x50\x7f\x00\x00\x01"+strings.Repeat("z", 30)),
		raw(t, AF_TIPC, "\x00\"\\\t\x7f\x80\x011"), raw(t, 77, ""), raw(t, 65535, strings.Repeat("long", 30)),
	}
}

// traceConversation runs a server and its client from socket to close.
func traceConversation(domain, typ int, sa Sockaddr) {
	l, _ := Socket(domain, typ, 0)
	defer Close(l)
	Setsockopt(l, SO_REUSEADDR, true)
	Bind(l, sa)
	Listen(l, 5)
	name, _ := Getsockname(l)
	client, _ := Socket(domain, typ|SOCK_NONBLOCK, 0)
	defer Close(client)
	Connect(client, name)
	server, _, err := Accept(l)
	if err != nil {
		return
	}
	defer Close(server)
	Getsockname(client)
	Getpeername(client)
	Getpeername(server)
	p := make([]byte, 100)
	Recvfrom(client, p, MSG_DONTWAIT)
	Sendto(client, []byte("Hello, world"), 0, Sockaddr{})
	Recvfrom(server, p, 0)
	SendAll(server, []byte(strings.Repeat("0123456789", 5)), MSG_NOSIGNAL|MSG_MORE)
	Recv(client, p, MSG_PEEK|MSG_TRUNC)
	RecvFull(client, p[:50])
	Shutdown(server, SHUT_WR)
	Recv(client, p, 0)
	Shutdown(client, SHUT_RDWR)
	Send(client, []byte("late"), 0)
	RecvAll(server, 100)
}
