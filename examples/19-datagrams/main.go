// 19-datagrams shows UDP: messages with boundaries and a sender's address each, and no report about what became of them.
//
//	go run ./examples/19-datagrams
//
// New here: sendto(2), recvfrom(2) with MSG_TRUNC and MSG_DONTWAIT, and what connect(2) means in udp(7): a default peer,
// ECONNREFUSED, and AF_UNSPEC to undo it.
//
// Try: tcpdump -ni lo beside it, which shows the ICMP error but nothing of connect. Start nc -u -l 127.0.0.1 6543, and send
// to that.
//
// What breaks it: assuming that a datagram arrives. A network loses them, duplicates them and changes their order; even on
// loopback a full receive buffer drops them, as 20-lost shows.
//
// Remember: one send is one message, which arrives whole or not at all.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	server, serverName := bound()
	defer sock.Close(server)
	client, clientName := bound()
	defer sock.Close(client)
	boundaries(client, server, serverName)
	truncation(client, server, serverName)
	connected(client, server, clientName, serverName)
	refused(client, serverName)
}

// boundaries: each receive takes one datagram and returns its sender. An empty one is a message and not an end.
func boundaries(client, server int, to sock.Sockaddr) {
	fmt.Println("boundaries")
	for _, text := range []string{"one", "", "three"} {
		_, err := sock.Sendto(client, []byte(text), 0, to)
		check("sendto", err)
	}
	for range 3 {
		receive("server", server, 64, 0)
	}
}

// truncation: what doesn't fit into the buffer is lost. With MSG_TRUNC, Linux at least returns how long the datagram was.
func truncation(client, server int, to sock.Sockaddr) {
	fmt.Println("a buffer of 5")
	for range 2 {
		_, err := sock.Sendto(client, []byte("Hello, world"), 0, to)
		check("sendto", err)
	}
	receive("server", server, 5, 0)
	receive("server", server, 5, sock.MSG_TRUNC)
}

// connected: connect gives the socket a peer without sending anything. send then needs no address, and the kernel discards
// datagrams from anyone else.
func connected(client, server int, clientName, serverName sock.Sockaddr) {
	fmt.Println("connected")
	check("connect", sock.Connect(client, serverName))
	_, err := sock.Send(client, []byte("Hello"), 0)
	check("send", err)
	receive("server", server, 64, 0)

	stranger, _ := bound()
	defer sock.Close(stranger)
	_, err = sock.Sendto(stranger, []byte("psst"), 0, clientName)
	check("sendto", err)
	_, err = sock.Sendto(server, []byte("world"), 0, clientName)
	check("sendto", err)
	receive("client", client, 64, 0) // the server's, although the stranger's was sent first
	receive("client", client, 64, sock.MSG_DONTWAIT)
}

// refused: a machine answers a datagram for a port without a socket with an ICMP error. That comes after send has succeeded,
// and a connected socket reports it by its next call. An unconnected one doesn't, unless it set IP_RECVERR of ip(7).
func refused(client int, serverName sock.Sockaddr) {
	fmt.Println("a port without a socket")
	holder, name := bound()
	defer sock.Close(holder)
	check("connect", sock.Connect(holder, serverName)) // it holds the port, and receives from the server only

	check("connect", sock.Connect(client, name))
	n, err := sock.Send(client, []byte("Hello"), 0)
	fmt.Printf("  client: send = %d, %v\n", n, err)
	receive("client", client, 64, 0)

	check("connect", sock.Connect(client, sock.Unspec())) // no longer connected
	n, err = sock.Sendto(client, []byte("Hello"), 0, name)
	fmt.Printf("  client: sendto = %d, %v\n", n, err)
	receive("client", client, 64, sock.MSG_DONTWAIT)
}

// bound returns a socket with a port that the kernel picks.
func bound() (int, sock.Sockaddr) {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	check("bind", sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	name, err := sock.Getsockname(fd)
	check("getsockname", err)
	return fd, name
}

func receive(who string, fd, size, flags int) {
	p := make([]byte, size)
	n, from, err := sock.Recvfrom(fd, p, flags)
	if err != nil {
		fmt.Printf("  %s: recvfrom: %v\n", who, err)
		return
	}
	fmt.Printf("  %s: recvfrom = %d %q from %v\n", who, n, p[:min(n, size)], from)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
