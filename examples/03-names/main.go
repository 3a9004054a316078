// 03-names shows the addresses of sockets: a connection is identified by the addresses of both its ends and by nothing
// else.
//
//	go run ./examples/03-names    three clients connect to one server
//
// New here: getsockname(2), getpeername(2), and port 0 and the address 0.0.0.0 of ip(7).
//
// Try: run it twice; the ports differ each time. Bind a client to 127.0.0.3:0 before it connects, and look at its
// addresses.
//
// What breaks it: a port number of your own choice. It works until another program has that port, or until yours starts
// again while its old connections are in TIME_WAIT (13-time-wait); then bind fails with EADDRINUSE.
//
// Remember: a server with N clients has N+1 sockets, and all of them have the same port.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	listener, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(listener)
	show("listener, new", listener)

	// 0.0.0.0 stands for every address of this machine, port 0 for any port that is free.
	check("bind", sock.Bind(listener, sock.Inet(netip.MustParseAddrPort("0.0.0.0:0"))))
	check("listen", sock.Listen(listener, 10))
	show("listener, bound", listener)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	port := name.AddrPort().Port()

	// Both sides are in one thread: connect returns when the kernel has made the connection; accept fetches it later.
	for i, host := range []string{"127.0.0.1", "127.0.0.1", "127.0.0.2"} {
		client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		check("socket", err)
		defer sock.Close(client)
		show(fmt.Sprintf("client %d, new", i+1), client)

		server := sock.Inet(netip.AddrPortFrom(netip.MustParseAddr(host), port))
		check("connect", sock.Connect(client, server))
		show(fmt.Sprintf("client %d, connected", i+1), client)

		// The new socket has the listener's port. Its address is the one that the client connected to.
		accepted, _, err := sock.Accept(listener)
		check("accept", err)
		defer sock.Close(accepted)
		show(fmt.Sprintf("server's, accept %d", i+1), accepted)
	}
	show("listener, as before", listener)
	fmt.Println("3 clients, and 3 + 1 sockets of the server, all of one port")
}

// show prints a socket's own address and its peer's.
func show(who string, fd int) {
	local, err := sock.Getsockname(fd)
	check("getsockname", err)
	peer, err := sock.Getpeername(fd)
	if err != nil {
		fmt.Printf("%-21s %-15v  %v\n", who, local, err)
		return
	}
	fmt.Printf("%-21s %-15v  %v\n", who, local, peer)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
