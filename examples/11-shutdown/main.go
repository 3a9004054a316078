// 11-shutdown shows the ways in which a TCP connection can end, and its states on the way: half-closed, reset on purpose,
// reset because of unread bytes, and broken under a sender.
//
//	go run ./examples/11-shutdown
//
// New here: SO_LINGER of socket(7), the reset of tcp(7), and its errors on the other side: ECONNRESET, and EPIPE of send(2).
//
// Try: ss -tan after it, for the connection in TIME_WAIT. SO_LINGER with one second instead of none: the reset is gone.
//
// What breaks it: closing a socket with bytes that you haven't received. The peer gets a reset, and an answer still under
// way is lost.
//
// Remember: a clean end is a FIN from each side; a reset ends both directions at once, and loses what is under way.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

// halfClose: the client has sent everything and can still receive. The side that closes first ends in TIME_WAIT, in case old
// packets arrive late. The kernel keeps that without the socket, whose state is CLOSE.
func halfClose(client, server end) {
	show(client, server)
	check("shutdown", sock.Shutdown(client.fd, sock.SHUT_WR))
	fmt.Println("  client: shutdown")
	server.receive()
	server.send()
	client.receive()
	show(client, server)
	server.close()
	client.receive()
	show(client)
	client.close()
}

// abort: a zero linger time aborts the connection. The peer gets a reset, and the kernel discards what was under way.
func abort(client, server end) {
	check("setsockopt", sock.Setsockopt(client.fd, sock.SO_LINGER, sock.Linger{Onoff: true, Seconds: 0}))
	client.close()
	server.receive()
	show(server)
	server.close()
}

// unread: closing a socket with unread bytes also resets the connection, so that the peer learns that they were lost.
func unread(client, server end) {
	server.send()
	client.await(sock.POLLIN)
	client.close()
	server.receive()
	server.close()
}

// brokenPipe: sending after the peer's close works once, because the peer may have closed its writing side only. Its kernel
// answers with a reset, and the next send fails.
func brokenPipe(client, server end) {
	client.close()
	server.receive()
	server.send()
	server.await(0) // for the reset: poll always reports POLLERR
	server.send()
	server.close()
}

func main() {
	for _, scene := range []struct {
		title string
		play  func(client, server end)
	}{
		{"half-close", halfClose},
		{"close that aborts", abort},
		{"close with bytes unread", unread},
		{"send to a peer that has closed", brokenPipe},
	} {
		fmt.Println(scene.title)
		scene.play(connection())
	}
}

// connection returns the two ends of a new connection. CreateServer makes the calls of 01-echo-server up to listen.
func connection() (client, server end) {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("connect", sock.Connect(fd, name))
	accepted, _, err := sock.Accept(listener)
	check("accept", err)
	return end{"client", fd}, end{"server", accepted}
}

// end is one end of a connection. Its methods print what the calls returned.
type end struct {
	name string
	fd   int
}

func (e end) send() {
	n, err := sock.Send(e.fd, []byte("bye"), 0)
	e.print("send", n, err)
}

func (e end) receive() {
	n, err := sock.Recv(e.fd, make([]byte, 16), 0)
	e.print("recv", n, err)
}

func (e end) print(call string, n int, err error) {
	if err != nil {
		fmt.Printf("  %s: %s: %v\n", e.name, call, err)
		return
	}
	fmt.Printf("  %s: %s = %d\n", e.name, call, n)
}

func (e end) close() {
	check("close", sock.Close(e.fd))
	fmt.Printf("  %s: close\n", e.name)
}

// await waits for events of poll(2), and for those that poll always reports.
func (e end) await(events int16) {
	fds := []sock.Pollfd{{Fd: int32(e.fd), Events: events}}
	_, err := sock.Retry(func() (int, error) { return sock.Poll(fds, -1) })
	check("poll", err)
}

func show(ends ...end) {
	for _, e := range ends {
		fmt.Printf("    %s is in %s\n", e.name, tcpinfo.State(e.fd))
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
