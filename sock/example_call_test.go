//go:build unix

package sock_test

import (
	"context"
	"fmt"
	"net/netip"

	"example.com/berkeley/sock"
)

// SOCK_NONBLOCK may be part of the type on every platform except macOS; SetNonblock works everywhere.
func ExampleSocket() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fd)
	must(sock.SetNonblock(fd, true))
	n, err := sock.Recv(fd, make([]byte, 16), 0)
	fmt.Println(n, err == sock.EAGAIN)
	// Output: 0 true
}

// Port 0 asks the kernel to pick a free port. No other socket can bind it then.
func ExampleBind() {
	first, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(first)
	must(sock.Bind(first, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	address, err := sock.Getsockname(first)
	must(err)

	second, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(second)
	fmt.Println(sock.Bind(second, address))
	// Output: address already in use
}

// Without SO_REUSEADDR a server can't restart while connections of its last run are in TIME_WAIT.
func ExampleListen() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fd)
	must(sock.Setsockopt(fd, sock.SO_REUSEADDR, true))
	must(sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	must(sock.Listen(fd, sock.SOMAXCONN))
	listens, err := sock.Getsockopt(fd, sock.SO_ACCEPTCONN)
	fmt.Println(listens, err)
	// Output: true <nil>
}

// Accept returns a new socket for each client, and the client's address.
func ExampleAccept() {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	must(err)
	defer sock.Close(listener)
	address, err := sock.Getsockname(listener)
	must(err)
	for range 2 {
		client, err := sock.CreateConnection(context.Background(), "tcp://"+address.String())
		must(err)
		defer sock.Close(client)
		fd, peer, err := sock.Accept(listener)
		must(err)
		defer sock.Close(fd)
		own, err := sock.Getsockname(client)
		fmt.Println(peer.AddrPort().Addr(), peer == own, err)
	}
	// Output:
	// 127.0.0.1 true <nil>
	// 127.0.0.1 true <nil>
}

// Connect gives a datagram socket a peer: it sends to this peer, and receives from no other. Unspec removes the peer.
func ExampleConnect() {
	peer, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(peer)
	must(sock.Bind(peer, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	address, err := sock.Getsockname(peer)
	must(err)
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fd)

	must(sock.Connect(fd, address))
	got, err := sock.Getpeername(fd)
	fmt.Println(got == address, err)
	sock.Connect(fd, sock.Unspec()) // other systems than Linux may also return an error
	_, err = sock.Getpeername(fd)
	fmt.Println(err == sock.ENOTCONN)
	// Output:
	// true <nil>
	// true
}

// To send to a peer that has closed the stream is an error, and raises no signal.
func ExampleSend() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	n, err := sock.Send(fds[0], []byte("Hello, world"), 0)
	fmt.Println(n, err)
	must(sock.Close(fds[1]))
	n, err = sock.Send(fds[0], []byte("Hello, world"), 0)
	fmt.Println(n, err == sock.EPIPE)
	// Output:
	// 12 <nil>
	// 0 true
}

// Receiving 0 bytes without an error is the end of a stream.
func ExampleRecv() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	_, err = sock.Send(fds[1], []byte("Hello, world"), 0)
	must(err)
	must(sock.Close(fds[1]))

	var p [8]byte
	for {
		n, err := sock.Recv(fds[0], p[:], 0)
		fmt.Printf("%q %v\n", p[:n], err)
		if n == 0 {
			break
		}
	}
	// Output:
	// "Hello, w" <nil>
	// "orld" <nil>
	// "" <nil>
}

// A datagram is sent whole or not at all.
func ExampleSendto() {
	receiver, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(receiver)
	must(sock.Bind(receiver, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	to, err := sock.Getsockname(receiver)
	must(err)
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fd)
	for _, size := range []int{5, 70_000} {
		n, err := sock.Sendto(fd, make([]byte, size), 0, to)
		fmt.Println(n, err)
	}
	// Output:
	// 5 <nil>
	// 0 message too long
}

// The kernel may change the value of an option: Linux doubles this one to allow for its bookkeeping.
func ExampleGetsockopt() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fd)
	must(sock.Setsockopt(fd, sock.SO_RCVBUF, 8192))
	size, err := sock.Getsockopt(fd, sock.SO_RCVBUF)
	fmt.Println(size >= 8192, err)
	// Output: true <nil>
}

// The address has the port that the kernel picked.
func ExampleGetsockname() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fd)
	before, err := sock.Getsockname(fd)
	fmt.Println(before, err)
	must(sock.Bind(fd, before))
	after, err := sock.Getsockname(fd)
	fmt.Println(after.AddrPort().Addr(), after.AddrPort().Port() != 0, err)
	// Output:
	// 0.0.0.0:0 <nil>
	// 0.0.0.0 true <nil>
}

// After Close, the number may belong to the next descriptor.
func ExampleClose() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	must(sock.Close(fds[0]))
	n, err := sock.Recv(fds[1], make([]byte, 16), 0)
	fmt.Println("the peer's end:", n, err)
	must(sock.Close(fds[1]))
	// Output: the peer's end: 0 <nil>
}
