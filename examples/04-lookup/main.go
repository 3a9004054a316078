// 04-lookup turns a host name into addresses: a name is a list, and a client tries all of it. It also shows which server an
// IPv4 and an IPv6 client reach.
//
//	go run ./examples/04-lookup
//
// New here: getaddrinfo(3), IPV6_V6ONLY of ipv6(7), addresses such as ::ffff:127.0.0.1, and CreateConnection, which tries
// the whole list. htons(3), which Go's types make unnecessary.
//
// Try: another name in lookup: your machine's, or that of a server on the Internet, which often has several addresses. On
// Linux, sysctl net.ipv6.bindv6only is the default of IPV6_V6ONLY, for sockets that don't set it.
//
// What breaks it: a client that tries only the first address. localhost often means ::1 first, and many servers listen on
// 127.0.0.1 alone.
//
// Remember: a name is a list; try all of it.
package main

import (
	"context"
	"fmt"
	"math/bits"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	if !sock.HasDualStackIPv6() || !hasAddress("::1") {
		fmt.Println("This lesson needs IPv6, which this system doesn't have.")
		return
	}
	lookup("localhost")
	oneAddress()
	bothFamilies()
	onlyIPv6()

	// Ports are in network byte order. netip and package sock see to it; without htons(3), C binds another port.
	fmt.Printf("6543 in the wrong byte order is port %d\n", bits.ReverseBytes16(6543))
}

// hasAddress reports whether this system has an address: a kernel may support IPv6 and have no IPv6 address.
func hasAddress(host string) bool {
	fd, err := sock.CreateServer(address(host, 0), sock.ServerOptions{})
	if err != nil {
		return false
	}
	sock.Close(fd)
	return true
}

// lookup prints the list that a name stands for, in the order in which a client should try it.
func lookup(name string) {
	list, err := sock.Getaddrinfo(context.Background(), name, "80", sock.AddrinfoHints{Socktype: sock.SOCK_STREAM})
	check("getaddrinfo", err)
	fmt.Println(name)
	for _, info := range list {
		fmt.Println("  is", info.Addr)
	}
}

// oneAddress: the server listens on one of the two addresses of localhost. A client that tries the list gets in.
func oneAddress() {
	listener, port := serve("127.0.0.1", false)
	defer sock.Close(listener)
	connect("::1", port)
	connect("127.0.0.1", port)
	fd, err := sock.CreateConnection(context.Background(), fmt.Sprintf("tcp://localhost:%d", port))
	check("create connection", err)
	defer sock.Close(fd)
	peer, err := sock.Getpeername(fd)
	check("getpeername", err)
	fmt.Println("  localhost: it is", peer)
}

// bothFamilies: an IPv6 socket serves IPv4 clients too. It sees their addresses in IPv6's form.
func bothFamilies() {
	listener, port := serve("::", true)
	defer sock.Close(listener)
	for _, host := range []string{"::1", "127.0.0.1"} {
		connect(host, port)
		fd, peer, err := sock.Accept(listener)
		check("accept", err)
		sock.Close(fd)
		fmt.Println("  accept: from", peer)
	}
}

// onlyIPv6: with IPV6_V6ONLY, it doesn't. The default is the system's: off on Linux and macOS, on in the BSDs.
func onlyIPv6() {
	listener, port := serve("::", false)
	defer sock.Close(listener)
	connect("::1", port)
	connect("127.0.0.1", port)
}

// serve listens on an address. dual stands for IPV6_V6ONLY off; CreateServer always sets that option.
func serve(host string, dual bool) (fd int, port uint16) {
	fd, err := sock.CreateServer(address(host, 0), sock.ServerOptions{DualStack: dual})
	check("create server", err)
	name, err := sock.Getsockname(fd)
	check("getsockname", err)
	fmt.Println("a server on", name)
	return fd, name.AddrPort().Port()
}

func connect(host string, port uint16) {
	server := address(host, port)
	fd, err := sock.Socket(server.Family(), sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(fd)
	fmt.Printf("  connect to %s: %v\n", host, sock.Connect(fd, server))
}

func address(host string, port uint16) sock.Sockaddr {
	return sock.Inet(netip.AddrPortFrom(netip.MustParseAddr(host), port))
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
