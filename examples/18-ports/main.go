//go:build linux

// 18-ports uses up the local ports of a client. The limit is per destination: the same ports serve for connections to
// another address.
//
//	go run ./examples/18-ports
//
// New here: EADDRNOTAVAIL of connect(2), and IP_LOCAL_PORT_RANGE of newer editions of ip(7), which makes the range small
// enough to see.
//
// Try: sysctl net.ipv4.ip_local_port_range, which has some 28,000 ports. Connections that are closed stay in TIME_WAIT on
// the side that closed first and keep their ports.
//
// What breaks it: a proxy or a load generator with one address and one destination. More local addresses, more destinations
// or fewer, longer connections help.
//
// Remember: a connection is two addresses and two ports, and only the combination must be unique.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/examples/internal/ownnet"
	"example.com/berkeley/sock"
)

// The four local ports that the clients may have. Without the option, the range is net.ipv4.ip_local_port_range of ip(7).
const first, last = 40000, 40003

func main() {
	ownnet.Enter() // in which no other program uses one of them
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("0.0.0.0:6543")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)

	fmt.Printf("clients with ports %d to %d\n", first, last)
	for range 5 {
		connect("127.0.0.1:6543")
	}
	fmt.Println("another destination: the same ports, and other connections")
	connect("127.0.0.2:6543")
}

// connect connects from a port of the range. The socket stays open until the program ends, and so its port stays in use.
func connect(server string) {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	err = sock.Setsockopt(fd, sock.IP_LOCAL_PORT_RANGE, last<<16|first)
	if err == sock.ENOPROTOOPT {
		fmt.Println("This lesson needs IP_LOCAL_PORT_RANGE, which came with Linux 6.3.")
		os.Exit(0)
	}
	check("setsockopt", err)
	err = sock.Connect(fd, sock.Inet(netip.MustParseAddrPort(server)))
	if err != nil {
		fmt.Printf("  to %s: connect: %v\n", server, err)
		return
	}
	name, err := sock.Getsockname(fd)
	check("getsockname", err)
	inRange := first <= name.AddrPort().Port() && name.AddrPort().Port() <= last
	fmt.Printf("  to %s: connected, from a port of the range: %t\n", server, inRange)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
