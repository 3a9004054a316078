//go:build unix

package sock_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// must ends an example after an error. A program should report more.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// The whole life of a TCP connection, at both ends.
func Example() {
	listener, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(listener)
	must(sock.Bind(listener, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	must(sock.Listen(listener, sock.SOMAXCONN))
	address, err := sock.Getsockname(listener) // with the port that the kernel picked
	must(err)

	client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(client)
	must(sock.Connect(client, address))
	server, peer, err := sock.Accept(listener)
	must(err)
	defer sock.Close(server)
	fmt.Println("a client at", peer.AddrPort().Addr())

	_, err = sock.SendAll(client, []byte("Hello, world"), 0)
	must(err)
	must(sock.Shutdown(client, sock.SHUT_WR))
	p, err := sock.RecvAll(server, 1<<20)
	must(err)
	fmt.Printf("%s\n", p)
	// Output:
	// a client at 127.0.0.1
	// Hello, world
}

func ExampleSocketpair() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])

	_, err = sock.Send(fds[0], []byte("ping"), 0)
	must(err)
	var p [16]byte
	n, err := sock.Recv(fds[1], p[:], 0)
	fmt.Printf("%s, %v\n", p[:n], err)
	// Output: ping, <nil>
}

// A stream has no message boundaries: what was sent in pieces is received until the end.
func ExampleRecvAll() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[1])

	for _, piece := range []string{"one ", "two ", "three"} {
		_, err := sock.SendAll(fds[0], []byte(piece), 0)
		must(err)
	}
	must(sock.Close(fds[0]))
	p, err := sock.RecvAll(fds[1], 1<<20)
	fmt.Printf("%s, %v\n", p, err)
	// Output: one two three, <nil>
}

// A datagram comes with its sender's address, to which the answer goes.
func ExampleRecvfrom() {
	loopback := sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))
	var fds [2]int
	var names [2]sock.Sockaddr
	for i := range fds {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
		must(err)
		defer sock.Close(fd)
		must(sock.Bind(fd, loopback))
		fds[i] = fd
		names[i], err = sock.Getsockname(fd)
		must(err)
	}

	_, err := sock.Sendto(fds[0], []byte("ping"), 0, names[1])
	must(err)
	var p [1500]byte
	n, from, err := sock.Recvfrom(fds[1], p[:], 0)
	must(err)
	fmt.Printf("%s, from the first socket: %t\n", p[:n], from == names[0])

	_, err = sock.Sendto(fds[1], []byte("pong"), 0, from)
	must(err)
	n, _, err = sock.Recvfrom(fds[0], p[:], 0)
	fmt.Printf("%s, %v\n", p[:n], err)
	// Output:
	// ping, from the first socket: true
	// pong, <nil>
}

// An option has its Go type: a bool, a number, a duration, a struct.
func ExampleSetsockopt() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fd)

	must(sock.Setsockopt(fd, sock.TCP_NODELAY, true))
	must(sock.Setsockopt(fd, sock.SO_RCVTIMEO, 2*time.Second))
	noDelay, err := sock.Getsockopt(fd, sock.TCP_NODELAY)
	must(err)
	timeout, err := sock.Getsockopt(fd, sock.SO_RCVTIMEO)
	must(err)
	typ, err := sock.Getsockopt(fd, sock.SO_TYPE)
	must(err)
	fmt.Println(noDelay, timeout, typ == sock.SOCK_STREAM)
	// Output: true 2s true
}

// A linger time of 0 makes Close reset the connection, and unsent bytes are lost.
func ExampleLinger() {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	must(err)
	defer sock.Close(listener)
	address, err := sock.Getsockname(listener)
	must(err)
	client, err := sock.CreateConnection(context.Background(), "tcp://"+address.String())
	must(err)
	server, _, err := sock.Accept(listener)
	must(err)
	defer sock.Close(server)

	must(sock.Setsockopt(client, sock.SO_LINGER, sock.Linger{Onoff: true, Seconds: 0}))
	must(sock.Close(client))
	_, err = sock.Recv(server, make([]byte, 16), 0)
	fmt.Println(err == sock.ECONNRESET)
	// Output: true
}

// One line declares an option that this package lacks.
func ExampleIntOption() {
	var IP_TTL = sock.IntOption("IP_TTL", sock.IPPROTO_IP, unix.IP_TTL)

	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fd)
	must(sock.Setsockopt(fd, IP_TTL, 7))
	ttl, err := sock.Getsockopt(fd, IP_TTL)
	fmt.Println(IP_TTL, ttl, err)
	// Output: IP_TTL 7 <nil>
}

// ParseSockaddr reads what String prints.
func ExampleParseSockaddr() {
	for _, text := range []string{"127.0.0.1:80", "[2001:db8::1]:443", "/run/x.sock"} {
		sa, err := sock.ParseSockaddr(text)
		must(err)
		fmt.Println(sa, sa.Family() == sock.AF_UNIX, sa.AddrPort().Port())
	}
	// Output:
	// 127.0.0.1:80 false 80
	// [2001:db8::1]:443 false 443
	// /run/x.sock true 0
}

// The file of a path stays until it is removed.
func ExampleUnix() {
	dir, err := os.MkdirTemp("", "")
	must(err)
	defer os.RemoveAll(dir)
	address, err := sock.Unix(filepath.Join(dir, "socket"))
	must(err)

	listener, err := sock.CreateServer(address, sock.ServerOptions{})
	must(err)
	defer sock.Close(listener)
	client, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(client)
	must(sock.Connect(client, address))
	peer, err := sock.Getpeername(client)
	fmt.Println(filepath.Base(peer.Path()), err)
	// Output: socket <nil>
}

func ExampleShutdown() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])

	must(sock.Shutdown(fds[0], sock.SHUT_WR))
	var p [16]byte
	n, err := sock.Recv(fds[1], p[:], 0)
	fmt.Println("the end of the stream:", n, err)

	_, err = sock.Send(fds[1], []byte("the answer"), 0) // the other direction is open
	must(err)
	n, err = sock.Recv(fds[0], p[:], 0)
	fmt.Printf("%s, %v\n", p[:n], err)
	// Output:
	// the end of the stream: 0 <nil>
	// the answer, <nil>
}

func ExampleRetry() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	_, err = sock.Send(fds[0], []byte("once"), 0)
	must(err)

	var p [16]byte
	n, err := sock.Retry(func() (int, error) { return sock.Recv(fds[1], p[:], 0) })
	fmt.Printf("%s, %v\n", p[:n], err)
	// Output: once, <nil>
}

// One call makes a server, and one a client. The client tries every address of a host, IPv6 and IPv4.
func ExampleCreateConnection() {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	must(err)
	defer sock.Close(listener)
	address, err := sock.Getsockname(listener)
	must(err)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client, err := sock.CreateConnection(ctx, "tcp://"+address.String())
	must(err)
	defer sock.Close(client)
	peer, err := sock.Getpeername(client)
	fmt.Println(peer == address, err)
	// Output: true <nil>
}

// The addresses are in the order in which to try them, each with the arguments for Socket.
func ExampleGetaddrinfo() {
	hints := sock.AddrinfoHints{Socktype: sock.SOCK_STREAM, Flags: sock.AI_NUMERICHOST}
	for _, node := range []string{"192.0.2.1", "2001:db8::1", "no address"} {
		list, err := sock.Getaddrinfo(context.Background(), node, "80", hints)
		if errors.Is(err, sock.EAI_NONAME) {
			fmt.Println(err)
			continue
		}
		must(err)
		for _, ai := range list {
			fmt.Println(ai.Addr, ai.Family == sock.AF_INET6, ai.Protocol == sock.IPPROTO_TCP)
		}
	}
	// Output:
	// 192.0.2.1:80 false true
	// [2001:db8::1]:80 true true
	// no such host or service
}
