// 17-connect doesn't wait in connect: it starts a connection, does something else, and asks later how it went.
//
//	go run ./examples/17-connect
//
// New here: EINPROGRESS and EALREADY of connect(2), SO_ERROR of socket(7), a time limit, and ConnectContext, which does all
// of it in one call.
//
// Try: an address of your own network that no machine has: EHOSTUNREACH comes after some seconds. On Linux, TCP_SYNCNT and
// TCP_USER_TIMEOUT of tcp(7) limit the time as well.
//
// What breaks it: taking POLLOUT for success. A connection that failed is writable too; SO_ERROR tells them apart.
//
// Remember: writable means that connect has finished, and SO_ERROR says how.
package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"time"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

var loopback = sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))

func main() {
	listening, err := sock.CreateServer(loopback, sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listening)
	connect("a listener", name(listening))

	// A port that is bound, and on which no socket listens, answers with a reset.
	deaf, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(deaf)
	check("bind", sock.Bind(deaf, loopback))
	connect("a port without a listener", name(deaf))

	// A listener with a full queue, as in 05-backlog, doesn't answer.
	full, err := sock.CreateServer(loopback, sock.ServerOptions{Backlog: 1})
	check("create server", err)
	defer sock.Close(full)
	for range 2 {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		check("socket", err)
		defer sock.Close(fd)
		check("connect", sock.Connect(fd, name(full)))
	}
	tcpinfo.AwaitQueue(full, 2)
	connect("a full listener", name(full))

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

// patience limits how long a connect may take. Without it, the one that gets no answer would take minutes.
const patience = 400 * time.Millisecond

// connect starts a connection, waits for it as long as patience allows, and prints each step.
func connect(to string, server sock.Sockaddr) {
	fmt.Printf("to %s\n", to)
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("ioctl", sock.SetNonblock(fd, true))
	defer sock.Close(fd) // this also abandons the attempt
	err = sock.Connect(fd, server)
	fmt.Println("  connect:", err)
	if err != nil && err != sock.EINPROGRESS {
		return // it has failed at once: there is nothing to wait for
	}

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
