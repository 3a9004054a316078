//go:build linux

// 10-connect doesn't wait in connect: it begins, does something else, and asks later how it went.
//
//	go run ./examples/10-connect
//
// New here: EINPROGRESS and EALREADY of connect(2), SO_ERROR of socket(7), a time limit, and ConnectContext, which has it all.
// Try: an address where no machine is, which ends with EHOSTUNREACH after seconds; TCP_SYNCNT; TCP_USER_TIMEOUT.
// What breaks it: to take POLLOUT for success. A connection that failed is writable too, and SO_ERROR tells them apart.
package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"time"

	"example.com/berkeley/sock"
)

var loopback = sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))

func main() {
	listening, err := sock.CreateServer(loopback, sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listening)
	connect("a listener", name(listening))

	// A port that is bound, and where nobody listens: a reset is the answer.
	deaf, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(deaf)
	check("bind", sock.Bind(deaf, loopback))
	connect("nobody", name(deaf))

	// A listener with a full queue, as 04-backlog has it, doesn't answer.
	full, err := sock.CreateServer(loopback, sock.ServerOptions{Backlog: 1})
	check("create server", err)
	defer sock.Close(full)
	for range 2 {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		check("socket", err)
		defer sock.Close(fd)
		check("connect", sock.Connect(fd, name(full)))
	}
	awaitQueue(full, 2)
	connect("silence", name(full))

	// The same in one call.
	for _, server := range []int{listening, deaf, full} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		check("socket", err)
		fmt.Println("ConnectContext:", sock.ConnectContext(ctx, fd, name(server)))
		sock.Close(fd)
		cancel()
	}
}

// patience is how long a connect may take. Time is the subject here: without it, the silent one would take minutes.
const patience = 400 * time.Millisecond

// connect begins a connection, waits for its end as long as patience allows, and prints each step.
func connect(to string, server sock.Sockaddr) {
	fmt.Printf("to %s\n", to)
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	check("socket", err)
	defer sock.Close(fd) // this gives the attempt up, too
	fmt.Println("  connect:", sock.Connect(fd, server))

	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, int(patience.Milliseconds())) })
	check("poll", err)
	fmt.Printf("  poll = %d, writable %t\n", n, fds[0].Revents&sock.POLLOUT != 0)
	if n == 0 {
		fmt.Println("  connect:", sock.Connect(fd, server))
		return
	}
	fmt.Println("  SO_ERROR:", sock.SocketError(fd))
	_, err = sock.Getpeername(fd)
	fmt.Println("  getpeername:", err)
}

// awaitQueue waits until n clients are in a listener's queue: their ACKs arrive a moment after connect(2).
func awaitQueue(listener int, n uint32) {
	for {
		info, err := sock.Getsockopt(listener, sock.TCP_INFO)
		check("getsockopt", err)
		if info.Unacked >= n {
			return
		}
		runtime.Gosched()
	}
}

func name(fd int) sock.Sockaddr {
	sa, err := sock.Getsockname(fd)
	check("getsockname", err)
	return sa
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
