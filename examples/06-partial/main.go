// 06-partial shows what a stream is: bytes without message boundaries. recv returns what has arrived, send takes what fits,
// and loops make up for both.
//
//	go run ./examples/06-partial
//
// New here: socketpair(2), short recv(2) and send(2), SO_SNDBUF of socket(7), and the loops: SendAll and RecvFull. The
// sockets of a pair are the two ends of a connection without addresses and without a network.
//
// Try: receive 8 bytes instead of 64: the rest comes with the next receives. Take SetNonblock away: the first send then
// waits for a receiver that starts only after it, and the program hangs.
//
// What breaks it: treating one recv as one message. On loopback that works for years, until one day it doesn't.
//
// Remember: a stream has no messages; the number that a call returns is the only truth.
package main

import (
	"bytes"
	"fmt"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	boundaries(fds[0], fds[1])
	shortReceive(fds[0], fds[1])
	shortSend(fds[0], fds[1])
}

// boundaries sends three messages and receives one, then sends one and receives three.
func boundaries(a, b int) {
	for _, text := range []string{"one", "two", "three"} {
		send(a, text)
	}
	receive(b, 64)
	send(a, "Hello, world")
	for range 3 {
		receive(b, 5)
	}
}

// shortReceive asks for a whole message when half of it has arrived.
func shortReceive(a, b int) {
	send(a, "Hello,")
	receive(b, 12) // what is there, without waiting for the rest

	send(a, "Hello,")
	go sock.Send(a, []byte(" world"), 0)
	p := make([]byte, 12)
	n, err := sock.RecvFull(b, p) // as many calls as it takes
	check("recv", err)
	fmt.Printf("RecvFull of %d = %d %q\n", len(p), n, p[:n])
}

// shortSend sends more than the kernel has room for. A blocking send would wait for room; this one sends what fits.
func shortSend(a, b int) {
	message := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	check("setsockopt", sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16))
	check("ioctl", sock.SetNonblock(a, true))

	sent, err := sock.Send(a, message, 0)
	check("send", err)
	fmt.Printf("send of %d = %d\n", len(message), sent)
	_, err = sock.Send(a, message[sent:], 0)
	fmt.Printf("send of the rest: %v\n", err)

	received := make(chan []byte)
	go func() {
		p := make([]byte, len(message))
		_, err := sock.RecvFull(b, p)
		check("recv", err)
		received <- p
	}()
	waits := 0
	for sent < len(message) {
		n, err := sock.SendAll(a, message[sent:], 0)
		sent += n
		if err == sock.EAGAIN {
			awaitRoom(a)
			waits++
			continue
		}
		check("send", err)
	}
	fmt.Printf("sent %d, after %d waits for room\n", sent, waits)
	fmt.Printf("the same came out: %t\n", bytes.Equal(<-received, message))
}

// awaitRoom waits until there is room to send again.
func awaitRoom(fd int) {
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	_, err := sock.Retry(func() (int, error) { return sock.Poll(fds, -1) })
	check("poll", err)
}

func send(fd int, text string) {
	n, err := sock.Send(fd, []byte(text), 0)
	check("send", err)
	fmt.Printf("send of %d = %d %q\n", len(text), n, text)
}

func receive(fd, size int) {
	p := make([]byte, size)
	n, err := sock.Recv(fd, p, 0)
	check("recv", err)
	fmt.Printf("recv of %d = %d %q\n", size, n, p[:n])
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
