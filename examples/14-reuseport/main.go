//go:build linux

// 14-reuseport has several listeners on one port, among which the kernel divides the clients.
//
//	go run ./examples/14-reuseport
//
// New here: SO_REUSEPORT of socket(7), with which each thread can have its own listener, and its own list of epoll(7). The
// kernel decides by the names of both ends, so the shares are never quite equal.
// Try: ss -tlnp; two programs of one user at one port; SO_INCOMING_CPU; SO_ATTACH_REUSEPORT_CBPF, by which you decide.
// What breaks it: to close one of the listeners. Those who wait in its queue are reset, though the others are there.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

const listeners, clients = 4, 200

func main() {
	first, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{ReusePort: true})
	check("create server", err)
	name, err := sock.Getsockname(first)
	check("getsockname", err)

	// All need it: the first, so that others may come, and the others, so that they may.
	_, err = sock.CreateServer(name, sock.ServerOptions{})
	fmt.Println("without SO_REUSEPORT:", err)
	fds := []sock.Pollfd{{Fd: int32(first), Events: sock.POLLIN}}
	for len(fds) < listeners {
		fd, err := sock.CreateServer(name, sock.ServerOptions{ReusePort: true})
		check("create server", err)
		fds = append(fds, sock.Pollfd{Fd: int32(fd), Events: sock.POLLIN})
	}
	fmt.Printf("%d listeners on one port\n", len(fds))

	for range clients {
		fd, err := sock.Socket(name.Family(), sock.SOCK_STREAM, 0)
		check("socket", err)
		defer sock.Close(fd)
		check("connect", sock.Connect(fd, name))
	}
	shares := accept(fds, clients)
	for i, share := range shares {
		fmt.Printf("listener %d accepted %d\n", i+1, share)
	}
	for _, fd := range fds {
		sock.Close(int(fd.Fd))
	}
}

// accept counts which listener the clients are at. One thread is enough for that.
func accept(listeners []sock.Pollfd, clients int) (shares []int) {
	shares = make([]int, len(listeners))
	for clients > 0 {
		_, err := sock.Retry(func() (int, error) { return sock.Poll(listeners, -1) })
		check("poll", err)
		for i, listener := range listeners {
			if listener.Revents == 0 {
				continue
			}
			fd, _, err := sock.Accept(int(listener.Fd))
			check("accept", err)
			check("close", sock.Close(fd))
			shares[i]++
			clients--
		}
	}
	return shares
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
