//go:build linux

// 17-control-messages learns more of a datagram than its bytes and its sender, and sends one with more than those.
//
//	go run ./examples/17-control-messages
//
// New here: sendmsg(2) and recvmsg(2) with a control buffer, cmsg(3); IP_PKTINFO, IP_RECVTTL and IP_TTL of ip(7);
// SO_TIMESTAMPNS of socket(7). A server bound to 0.0.0.0 learns which of its addresses was asked, and answers from that one.
// Try: IP_RECVTOS and CMSG_IP_TOS. IPv6, whose options begin with IPV6_RECV.
// What breaks it: a control buffer that is too small. What doesn't fit is lost, and MSG_CTRUNC is set in the flags.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"time"

	"example.com/berkeley/sock"
)

func main() {
	server, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(server)
	check("bind", sock.Bind(server, sock.Inet(netip.MustParseAddrPort("0.0.0.0:0"))))
	name, err := sock.Getsockname(server)
	check("getsockname", err)
	port := name.AddrPort().Port()

	client, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(client)

	// Nothing comes unasked.
	send(client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), nil)
	receive(server)
	for _, option := range []sock.Option[bool]{sock.IP_PKTINFO, sock.IP_RECVTTL, sock.SO_TIMESTAMPNS} {
		check("setsockopt", sock.Setsockopt(server, option, true))
	}
	send(client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), nil)
	receive(server)

	// What is sent with a message holds for this one: here, how many routers it may pass.
	send(client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), port), sock.AppendControl(nil, sock.CMSG_IP_TTL, 5))
	from, asked := receive(server)

	// Without it, the answer to 127.0.0.2 would come from 127.0.0.1, and a connected client wouldn't take it.
	answerFrom := sock.AppendControl(nil, sock.CMSG_IP_PKTINFO, sock.InPktinfo{SpecDst: asked})
	send(server, from.AddrPort(), answerFrom)
	receive(client)
}

func send(fd int, to netip.AddrPort, control []byte) {
	_, err := sock.Sendmsg(fd, &sock.Msg{Name: sock.Inet(to), Iov: [][]byte{[]byte("Hello")}, Control: control}, 0)
	check("sendmsg", err)
}

// receive prints a datagram and its control messages. asked is the address that it was sent to.
func receive(fd int) (from sock.Sockaddr, asked netip.Addr) {
	p := make([]byte, 64)
	m := sock.Msg{Iov: [][]byte{p}, Control: make([]byte, 256)}
	n, err := sock.Recvmsg(fd, &m, 0)
	check("recvmsg", err)
	fmt.Printf("%q from %v, cut %t\n", p[:n], m.Name, m.Flags&sock.MSG_CTRUNC != 0)
	for c := range sock.Cmsgs(m.Control) {
		if info, ok := sock.ParseControl(c, sock.CMSG_IP_PKTINFO); ok {
			device, err := sock.IfIndextoname(info.Ifindex)
			check("if_indextoname", err)
			fmt.Printf("  IP_PKTINFO: to %v, by interface %s\n", info.Addr, device)
			asked = info.Addr
		}
		if ttl, ok := sock.ParseControl(c, sock.CMSG_IP_TTL); ok {
			fmt.Printf("  IP_TTL: %d\n", ttl)
		}
		if stamp, ok := sock.ParseControl(c, sock.CMSG_TIMESTAMPNS); ok {
			fmt.Printf("  SO_TIMESTAMPNS: it was here %d µs ago\n", time.Since(stamp).Microseconds())
		}
	}
	return m.Name, asked
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
