// 26-descriptors runs out of descriptors: accept fails, the client stays connected, and poll reports the listener as ready
// again and again.
//
//	go run ./examples/26-descriptors
//
// New here: RLIMIT_NOFILE of getrlimit(2), EMFILE of accept(2), and a descriptor in reserve.
//
// Try: an endless loop in place of three turns, with top beside it: it uses a whole core and serves no client.
//
// What breaks it: treating EMFILE like the loss of one client. The client stays in the queue, so the next accept fails at
// once as well: pause, or give up a descriptor held in reserve.
//
// Remember: a failed accept leaves the listener ready.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

func main() {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	reserve, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	useUp()
	check("connect", sock.Connect(client, name))

	fmt.Println("no descriptor is left, and a client connects")
	fmt.Println("  client:", tcpinfo.State(client))
	for range 3 {
		fmt.Printf("  poll = %d", poll(listener))
		_, _, err := sock.Accept(listener)
		fmt.Println(", accept:", err)
	}

	// With a descriptor in reserve, the server can turn the client away.
	fmt.Println("a descriptor in reserve is given up")
	check("close", sock.Close(reserve))
	fd, _, err := sock.Accept(listener)
	fmt.Println("  accept:", err)
	check("close", sock.Close(fd))
	n, err := sock.Recv(client, make([]byte, 1), 0)
	fmt.Printf("  client: recv = %d, %v\n", n, err)
	fmt.Println("  poll =", poll(listener))
}

// useUp opens sockets until this process may have no more: RLIMIT_NOFILE of getrlimit(2).
func useUp() {
	var limit syscall.Rlimit
	check("getrlimit", syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limit.Cur = 64
	check("setrlimit", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	for {
		_, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		if err == sock.EMFILE {
			return
		}
		check("socket", err)
	}
}

// poll reports whether the listener is ready now.
func poll(listener int) int {
	n, err := sock.Retry(func() (int, error) {
		return sock.Poll([]sock.Pollfd{{Fd: int32(listener), Events: sock.POLLIN}}, 0)
	})
	check("poll", err)
	return n
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
