//go:build linux

// 04-backlog fills a listener's queue, and sees what the kernel does with those who have no place in it.
//
//	go run ./examples/04-backlog
//
// New here: what the second argument of listen(2) is; SOCK_NONBLOCK of socket(2), EINPROGRESS, poll(2); TCP_INFO of a
// listener, in which ss(8) finds what it shows as Recv-Q and Send-Q.
// Try: another backlog; ss -tl beside it. Without the three accepts nobody else comes in: connect(2) gives up after minutes.
// What breaks it: a server that is slow to accept. Its clients aren't refused, but their connects take a second or more.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"time"

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
	server, err := sock.Getsockname(listener)
	check("getsockname", err)

	// Nobody accepts, and yet they are connected: that is the kernel's work, and the queue is of those it has ready.
	var clients [places + 3]int
	start := time.Now()
	for i := range clients {
		clients[i] = connect(server)
		if i < places {
			await(clients[i], -1)
			awaitQueue(listener, uint32(i+1))
		}
	}
	fmt.Printf("%d clients, backlog %d: ", len(clients), backlog)
	showQueue(listener)
	show(clients[:])

	// The kernel drops the SYN of those who don't fit, and says nothing. Time is the subject here: nothing comes of waiting.
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

	// TCP sends a SYN again when a second has gone by without an answer.
	for _, fd := range clients[places:] {
		await(fd, -1)
	}
	fmt.Printf("the others are in, %.1f s after they began\n", time.Since(start).Seconds())
	show(clients[places:])
	for _, fd := range clients {
		sock.Close(fd)
	}
}

// connect begins a connection and doesn't wait for it: 10-connect has the whole story.
func connect(server sock.Sockaddr) int {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	check("socket", err)
	if err := sock.Connect(fd, server); err != sock.EINPROGRESS {
		check("connect", err)
	}
	return fd
}

// await waits up to msec for a connection, for ever if it is negative, and tells whether it is there.
func await(fd, msec int) bool {
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, msec) })
	check("poll", err)
	return n > 0
}

// awaitQueue waits until n clients are in a listener's queue. A client is connected as soon as it has sent its ACK, which
// has yet to arrive, and no descriptor tells of that: so it asks until it is so.
func awaitQueue(listener int, n uint32) {
	for queue(listener).Unacked < n {
		runtime.Gosched()
	}
}

// queue has a listener's queue: the kernel counts it in fields that a listener has no other use for.
func queue(listener int) sock.TCPInfo {
	info, err := sock.Getsockopt(listener, sock.TCP_INFO)
	check("getsockopt", err)
	return info
}

func showQueue(listener int) {
	info := queue(listener)
	fmt.Printf("%d in the queue, its limit %d\n", info.Unacked, info.Sacked)
}

func show(clients []int) {
	for _, fd := range clients {
		info, err := sock.Getsockopt(fd, sock.TCP_INFO)
		check("getsockopt", err)
		fmt.Printf("  %-11v  SYNs sent: %d\n", info.State, 1+info.TotalRetrans)
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
