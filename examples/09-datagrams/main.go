//go:build linux

// 09-datagrams is UDP: messages with borders, a name on each, and no word on what became of them.
//
//	go run ./examples/09-datagrams
//
// New here: sendto(2), recvfrom(2), MSG_TRUNC, connect(2) of udp(7) and its ECONNREFUSED, AF_UNSPEC, MSG_DONTWAIT.
// Try: tcpdump -ni lo beside it, which sees the ICMP, and nothing of connect; nc -u -l 127.0.0.1 6543, and send to that.
// What breaks it: a network. Datagrams get lost, come twice, and in another order; on loopback they rarely do.
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
	borders(client, server, serverName)
	truncation(client, server, serverName)
	connected(client, server, clientName, serverName)
	refused(client, serverName)
}

// borders: each receive takes one datagram, and tells whose it is. An empty one is a message and not an end.
func borders(client, server int, to sock.Sockaddr) {
	fmt.Println("borders")
	for _, text := range []string{"one", "", "three"} {
		_, err := sock.Sendto(client, []byte(text), 0, to)
		check("sendto", err)
	}
	for range 3 {
		receive("server", server, 64, 0)
	}
}

// truncation: what a buffer has no room for is lost. With MSG_TRUNC, recvfrom tells at least how long it was.
func truncation(client, server int, to sock.Sockaddr) {
	fmt.Println("a buffer of 5")
	for range 2 {
		_, err := sock.Sendto(client, []byte("Hello, world"), 0, to)
		check("sendto", err)
	}
	receive("server", server, 5, 0)
	receive("server", server, 5, sock.MSG_TRUNC)
}

// connected: connect gives the socket a peer, and nobody hears of it. Send needs no name then, and datagrams of others are
// kept out.
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
	receive("client", client, 64, 0) // the server's, though the stranger's was first
	receive("client", client, 64, sock.MSG_DONTWAIT)
}

// refused: the machine answers a datagram for a port where nobody is with an ICMP error. That comes after send has
// worked, and only a connected socket hears of it.
func refused(client int, serverName sock.Sockaddr) {
	fmt.Println("nobody there")
	nobody, name := bound()
	defer sock.Close(nobody)
	check("connect", sock.Connect(nobody, serverName)) // it has the port, and doesn't take what the client sends

	check("connect", sock.Connect(client, name))
	n, err := sock.Send(client, []byte("Hello"), 0)
	fmt.Printf("  client: send = %d, %v\n", n, err)
	receive("client", client, 64, 0)

	check("connect", sock.Connect(client, sock.Unspec())) // connected no more
	n, err = sock.Sendto(client, []byte("Hello"), 0, name)
	fmt.Printf("  client: sendto = %d, %v\n", n, err)
	receive("client", client, 64, sock.MSG_DONTWAIT)
}

// bound makes a socket with a port that the kernel picks.
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
