//go:build linux

// 32-control-messages receives more than a datagram's bytes and sender: the address it was sent to, the interface, the TTL
// and the time. It sends a datagram with such settings, too.
//
//	go run ./examples/32-control-messages
//
// New here: sendmsg(2) and recvmsg(2) with a control buffer, cmsg(3); IP_PKTINFO, IP_RECVTTL and IP_TTL of ip(7);
// SO_TIMESTAMPNS of socket(7). A server bound to 0.0.0.0 learns which of its addresses was asked, and answers from that
// one.
//
// Try: IP_RECVTOS and its control message IP_TOS, which the client can send as well. IPv6: its options begin with
// IPV6_RECV, and IPV6_HOPLIMIT is its TTL.
//
// What breaks it: a control buffer that is too small. The messages that don't fit are cut or lost, and MSG_CTRUNC is set
// in the flags.
//
// Remember: control messages come only after you asked for them with an option.
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

	// Without options there are no control messages.
	send(client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), nil)
	receive(server)
	for _, option := range []sock.Option[bool]{sock.IP_PKTINFO, sock.IP_RECVTTL, sock.SO_TIMESTAMPNS} {
		check("setsockopt", sock.Setsockopt(server, option, true))
	}
	send(client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), nil)
	receive(server)

	// A control message that is sent applies to this datagram alone: here, how many routers it may pass.
	send(client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), port), sock.CMSG_IP_TTL.Append(nil, 5))
	from, asked := receive(server)

	// Without it, the answer would come from 127.0.0.1 although 127.0.0.2 was asked, and a connected client would discard it.
	answerFrom := sock.CMSG_IP_PKTINFO.Append(nil, sock.InPktinfo{SpecDst: asked})
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
		if info, ok := sock.CMSG_IP_PKTINFO.Parse(c); ok {
			device, err := sock.IfIndextoname(info.Ifindex)
			check("if_indextoname", err)
			fmt.Printf("  IP_PKTINFO: to %v, by interface %s\n", info.Addr, device)
			asked = info.Addr
		}
		if ttl, ok := sock.CMSG_IP_TTL.Parse(c); ok {
			fmt.Printf("  IP_TTL: %d\n", ttl)
		}
		if stamp, ok := sock.CMSG_TIMESTAMPNS.Parse(c); ok {
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
