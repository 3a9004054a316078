// 10-peek looks at bytes without taking them from the stream, and sends urgent data: one byte that overtakes nothing, and
// whose place in the stream is marked.
//
//	go run ./examples/10-peek
//
// New here: MSG_PEEK and MSG_OOB of recv(2) and send(2), POLLPRI of poll(2), sockatmark(3), SO_OOBINLINE of socket(7).
//
// Try: send a second urgent byte before the first is received: on Linux the first becomes an ordinary byte of the stream.
// Run tcpdump -ni lo beside it, which prints urg.
//
// What breaks it: building a protocol on urgent data. There is one urgent byte at a time, middleboxes remove the mark, and
// RFC 6093 advises against new uses.
//
// Remember: peek leaves the bytes in the queue; urgent data is a mark in the stream and no second channel.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	peek("GET / HTTP/1.1\r\n")
	peek("\x16\x03\x01\x00\xc8")
	urgent()
}

// peek looks at the first byte to find the protocol, and leaves it for the code that speaks it.
func peek(greeting string) {
	client, server := connection()
	defer sock.Close(client)
	defer sock.Close(server)
	send(client, greeting, 0)

	first := make([]byte, 1)
	_, err := sock.Recv(server, first, sock.MSG_PEEK)
	check("recv", err)
	protocol := "HTTP"
	if first[0] == 0x16 { // a TLS handshake
		protocol = "TLS"
	}
	message := make([]byte, len(greeting))
	n, err := sock.RecvFull(server, message)
	check("recv", err)
	fmt.Printf("peeked %q: %s; received %q\n", first, protocol, message[:n])
}

// urgent: TCP has no second channel. It marks a place in the stream, and sockets take the one byte there out of it.
func urgent() {
	client, server := connection()
	defer sock.Close(client)
	defer sock.Close(server)
	const inline = false
	check("setsockopt", sock.Setsockopt(server, sock.SO_OOBINLINE, inline))
	send(client, "ab", 0)
	send(client, "cd!", sock.MSG_OOB) // the last byte is the urgent one
	send(client, "ef", 0)
	check("shutdown", sock.Shutdown(client, sock.SHUT_WR))

	fds := []sock.Pollfd{{Fd: int32(server), Events: sock.POLLPRI}}
	_, err := sock.Retry(func() (int, error) { return sock.Poll(fds, -1) })
	check("poll", err)
	fmt.Println("urgent data: POLLPRI is set")

	p := make([]byte, 64)
	n, err := sock.Recv(server, p, 0) // it stops at the mark, although there is more
	check("recv", err)
	fmt.Printf("  recv = %d %q\n", n, p[:n])
	atMark, err := sock.Sockatmark(server)
	check("sockatmark", err)
	fmt.Printf("  at the mark: %t\n", atMark)
	n, err = sock.Recv(server, p, sock.MSG_OOB)
	fmt.Printf("  recv with MSG_OOB = %d %q, %v\n", n, p[:n], err)
	rest, err := sock.RecvAll(server, 64)
	check("recv", err)
	fmt.Printf("  the rest is %q\n", rest)
}

func send(fd int, text string, flags int) {
	_, err := sock.SendAll(fd, []byte(text), flags)
	check("send", err)
}

// connection returns both ends of a new TCP connection.
func connection() (client, server int) {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	client, err = sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("connect", sock.Connect(client, name))
	server, _, err = sock.Accept(listener)
	check("accept", err)
	return client, server
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
