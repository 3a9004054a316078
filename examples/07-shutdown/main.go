//go:build linux

// 07-shutdown shows the ends that a TCP connection can have, and the states on the way there.
//
//	go run ./examples/07-shutdown
//
// New here: SO_LINGER of socket(7), the reset of tcp(7) with its errors ECONNRESET and EPIPE, TIME_WAIT and EADDRINUSE.
// Try: ss -tan after it; SO_LINGER with a second instead of none; in timeWait, the client closes first.
// What breaks it: close with bytes that nobody has received. The peer gets a reset, and an answer still under way is lost.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

// halfClose: the client has said all, and still hears. Who closes first is in TIME_WAIT in the end, for packets gone
// astray; the kernel keeps that without the socket, which is at CLOSE.
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

// abort: to linger for no time is to take no leave. The peer gets a reset, and what was under way is thrown away.
func abort(client, server end) {
	check("setsockopt", sock.Setsockopt(client.fd, sock.SO_LINGER, sock.Linger{Onoff: true, Seconds: 0}))
	client.close()
	server.receive()
	show(server)
	server.close()
}

// unread: a close before everything was received resets the connection too, so that the peer learns of it.
func unread(client, server end) {
	server.send()
	client.await(sock.POLLIN)
	client.close()
	server.receive()
	server.close()
}

// brokenPipe: to send after the peer's close works once, since the peer could have closed its writing side only. The
// answer is a reset, and the next send knows.
func brokenPipe(client, server end) {
	client.close()
	server.receive()
	server.send()
	server.await(0) // for the reset: POLLERR comes unasked
	server.send()
	server.close()
}

// timeWait: where the server closes first, its port is in TIME_WAIT, and the next server needs SO_REUSEADDR to have it.
func timeWait(client, server end) {
	name, err := sock.Getsockname(server.fd)
	check("getsockname", err)
	server.close()
	client.receive()
	client.close()

	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(fd)
	fmt.Println("  new server: bind:", sock.Bind(fd, name))
	check("setsockopt", sock.Setsockopt(fd, sock.SO_REUSEADDR, true))
	fmt.Println("  new server: bind with SO_REUSEADDR:", sock.Bind(fd, name))
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
		{"bind to a port in TIME_WAIT", timeWait},
	} {
		fmt.Println(scene.title)
		scene.play(connection())
	}
}

// connection is the two ends of a new one. CreateServer does what 01-echo-server does up to listen, SO_REUSEADDR included.
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

// end is one end of a connection. Its calls print what came of them.
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

// await waits for events of poll(2), and for those that come unasked.
func (e end) await(events int16) {
	fds := []sock.Pollfd{{Fd: int32(e.fd), Events: events}}
	_, err := sock.Retry(func() (int, error) { return sock.Poll(fds, -1) })
	check("poll", err)
}

func show(ends ...end) {
	for _, e := range ends {
		info, err := sock.Getsockopt(e.fd, sock.TCP_INFO)
		check("getsockopt", err)
		fmt.Printf("    %s is at %v\n", e.name, info.State)
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
