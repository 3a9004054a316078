// 16-nagle measures requests that are sent in two parts. Each takes 40 ms on many systems, because Nagle's algorithm and
// delayed acknowledgments wait for each other.
//
//	go run ./examples/16-nagle
//
// New here: TCP_NODELAY of tcp(7), and the cost of small sends: send(2).
//
// Try: one byte per send with TCP_NODELAY, with tcpdump beside it: each send is a packet. On Linux, MSG_MORE in the first
// send, or TCP_CORK.
//
// What breaks it: TCP_NODELAY at the wrong end. It helps the side that sends the small parts; on the server it changes
// nothing here.
//
// Remember: send a message with one call.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"time"

	"example.com/berkeley/sock"
)

const requests = 30

func main() {
	measure("two sends", false, sendTwice)
	measure("two sends, TCP_NODELAY", true, sendTwice)
	measure("one send", false, sendOnce)
}

// sendTwice sends a request's header and its body, as programs do that write as they go. Nagle's algorithm holds back the body,
// a small segment, until the header's ACK comes. The server delays that ACK, in the hope of an answer that carries it.
func sendTwice(fd int, header, body []byte) error {
	if _, err := sock.SendAll(fd, header, 0); err != nil {
		return err
	}
	_, err := sock.SendAll(fd, body, 0)
	return err
}

// sendOnce sends both by one call; sendmsg(2) would do it without the copy.
func sendOnce(fd int, header, body []byte) error {
	_, err := sock.SendAll(fd, append(header[:len(header):len(header)], body...), 0)
	return err
}

// measure makes requests, one after the other, and prints how long they took.
func measure(title string, noDelay bool, send func(fd int, header, body []byte) error) {
	client, server := connection()
	served := make(chan bool)
	go func() {
		serve(server)
		close(served)
	}()
	check("setsockopt", sock.Setsockopt(client, sock.TCP_NODELAY, noDelay))
	header, body, answer := []byte("HEAD"), []byte("body"), make([]byte, 2)
	var first, sum time.Duration
	for i := range requests {
		start := time.Now()
		check("send", send(client, header, body))
		_, err := sock.RecvFull(client, answer)
		check("recv", err)
		took := time.Since(start)
		if i == 0 {
			first = took
		}
		sum += took
	}
	fmt.Printf("%-23s first %6.3f ms, average of %d %6.3f ms\n", title+":", milliseconds(first), requests, milliseconds(sum/requests))
	check("close", sock.Close(client))
	<-served
}

// serve answers each request, which is eight bytes long.
func serve(fd int) {
	defer sock.Close(fd)
	request := make([]byte, 8)
	for {
		n, err := sock.RecvFull(fd, request)
		if err != nil || n < len(request) {
			return // the client has closed
		}
		_, err = sock.SendAll(fd, []byte("ok"), 0)
		check("send", err)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

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
