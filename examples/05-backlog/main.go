// 05-backlog fills a listener's queue and shows what happens to clients that find it full: the kernel drops their SYN, and
// they try again a second later.
//
//	go run ./examples/05-backlog
//
// New here: the second argument of listen(2); O_NONBLOCK, EINPROGRESS of connect(2) and poll(2); the queue's length and its
// limit, which TCP_INFO of tcp(7) reports on Linux and ss(8) shows as Recv-Q and Send-Q.
//
// Try: another backlog. With a patience of some seconds, ss -tln beside it shows the queue and its limit. Take the loop with
// the three accepts away: after two minutes the other clients are in CLOSE, because connect has failed with ETIMEDOUT.
//
// What breaks it: a server that is slow to accept. Its clients aren't refused, but each connect takes a second or more.
//
// Remember: the kernel completes connections before accept; the backlog limits how many may wait for it.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"time"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

const (
	backlog = 2
	places  = backlog + 1 // Linux calls a queue full when it is longer than the backlog
)

func main() {
	listener, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(listener)
	check("bind", sock.Bind(listener, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	check("listen", sock.Listen(listener, backlog))
	if limit := tcpinfo.Of(listener).QueueLimit; limit > 0 && limit < backlog {
		fmt.Printf("net.core.somaxconn limits every queue here to %d: listen(2) silently lowers the backlog of %d\n", limit, backlog)
		return
	}
	server, err := sock.Getsockname(listener)
	check("getsockname", err)

	// No call accepts them, and yet they are connected: the kernel does that, and queues the connections that are ready.
	var clients [places + 3]int
	start := time.Now()
	for i := range clients {
		clients[i] = connect(server)
		if i < places {
			await(clients[i], -1)
			tcpinfo.AwaitQueue(listener, i+1)
		}
	}
	fmt.Printf("%d clients, backlog %d: ", len(clients), backlog)
	showQueue(listener)
	show(clients[:])

	// The kernel silently drops the SYN of a client that doesn't fit. Waiting a moment changes nothing.
	const patience = 50 // milliseconds
	for i, fd := range clients[places:] {
		if !await(fd, patience) {
			fmt.Printf("client %d waited %d ms for an answer\n", places+i+1, patience)
		}
	}

	for range places {
		fd, _, err := sock.Accept(listener)
		check("accept", err)
		defer sock.Close(fd)
	}
	fmt.Printf("%d accepted: ", places)
	showQueue(listener)

	// TCP sends a SYN again after a second without an answer.
	for _, fd := range clients[places:] {
		await(fd, -1)
	}
	fmt.Printf("the others waited %.1f s\n", time.Since(start).Seconds())
	show(clients[places:])
	for _, fd := range clients {
		sock.Close(fd)
	}
}

// connect starts a connection and doesn't wait for it; 17-connect explains how.
func connect(server sock.Sockaddr) int {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("ioctl", sock.SetNonblock(fd, true))
	if err := sock.Connect(fd, server); err != sock.EINPROGRESS {
		check("connect", err)
	}
	return fd
}

// await waits up to msec milliseconds, for ever if msec is negative, until connect has ended, and reports whether it has;
// 17-connect shows how to learn its result.
func await(fd, msec int) bool {
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, msec) })
	check("poll", err)
	return n > 0
}

// showQueue prints a listener's queue, on the systems that tell.
func showQueue(listener int) {
	info := tcpinfo.Of(listener)
	fmt.Printf("%d in the queue, its limit %d\n", info.Queue, info.QueueLimit)
}

func show(clients []int) {
	for _, fd := range clients {
		info := tcpinfo.Of(fd)
		fmt.Printf("  %-11s  SYNs sent: %d\n", info.State, 1+info.Retransmits)
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
