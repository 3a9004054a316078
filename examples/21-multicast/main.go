//go:build linux

// 21-multicast sends one datagram to many receivers, by multicast and by broadcast, and shows which sockets get it: more
// than have joined.
//
//	go run ./examples/21-multicast
//
// New here: IP_ADD_MEMBERSHIP, IP_MULTICAST_IF and IP_MULTICAST_ALL of ip(7), SO_BROADCAST of socket(7), and SO_REUSEADDR
// for datagrams, with which sockets share a port.
//
// Try: bind the receivers to the group's address instead of 0.0.0.0: they get the group's datagrams only. Let the program
// sleep after the join: meanwhile ip maddr show lo lists the membership.
//
// What breaks it: assuming that a socket gets only the groups that it joined. The host joins; on Linux every socket on the
// port gets what arrives, unless it is bound to another address or turns IP_MULTICAST_ALL off.
//
// Remember: membership is the host's, not the socket's.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

// group is one of the addresses that organizations may use as they like: RFC 2365.
var group = netip.MustParseAddr("239.255.67.67")

func main() {
	lo, err := sock.IfNametoindex("lo")
	check("if_nametoindex", err)
	receivers, port := receivers()
	sender, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(sender)

	// Without it, the datagrams leave by the interface that the routing table names, and other machines can receive them.
	check("setsockopt", sock.Setsockopt(sender, sock.IP_MULTICAST_IF, sock.IPMreqn{Ifindex: lo}))
	fmt.Println("the group has no members")
	send(sender, group, port)
	show(receivers)

	fmt.Println("the first one joins")
	check("setsockopt", sock.Setsockopt(receivers[0], sock.IP_ADD_MEMBERSHIP, sock.IPMreqn{Multiaddr: group, Ifindex: lo}))
	send(sender, group, port)
	show(receivers)

	fmt.Println("the second one turns IP_MULTICAST_ALL off")
	check("setsockopt", sock.Setsockopt(receivers[1], sock.IP_MULTICAST_ALL, false))
	send(sender, group, port)
	show(receivers)

	fmt.Println("broadcast")
	broadcast := netip.MustParseAddr("127.255.255.255")
	send(sender, broadcast, port)
	check("setsockopt", sock.Setsockopt(sender, sock.SO_BROADCAST, true))
	send(sender, broadcast, port)
	show(receivers)

	fmt.Println("unicast to a port that two sockets share")
	send(sender, netip.MustParseAddr("127.0.0.1"), port)
	fmt.Printf("  received by %d of them\n", count(receivers))
	for _, fd := range receivers {
		sock.Close(fd)
	}
}

// receivers returns two sockets with one port, for which both must set SO_REUSEADDR.
func receivers() (fds [2]int, port uint16) {
	for i := range fds {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
		check("socket", err)
		check("setsockopt", sock.Setsockopt(fd, sock.SO_REUSEADDR, true))
		check("bind", sock.Bind(fd, sock.Inet(netip.AddrPortFrom(netip.IPv4Unspecified(), port))))
		name, err := sock.Getsockname(fd)
		check("getsockname", err)
		fds[i], port = fd, name.AddrPort().Port()
	}
	return fds, port
}

func send(fd int, to netip.Addr, port uint16) {
	_, err := sock.Sendto(fd, []byte("Hello"), 0, sock.Inet(netip.AddrPortFrom(to, port)))
	fmt.Printf("  sendto %v: %v\n", to, err)
}

// show tells which receivers have a datagram, and takes it. On lo it is there when sendto returns.
func show(receivers [2]int) {
	for i, fd := range receivers {
		fmt.Printf("  receiver %d has it: %t\n", i+1, receive(fd))
	}
}

func count(receivers [2]int) (n int) {
	for _, fd := range receivers {
		if receive(fd) {
			n++
		}
	}
	return n
}

func receive(fd int) bool {
	_, err := sock.Recv(fd, make([]byte, 16), sock.MSG_DONTWAIT)
	return err == nil
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
