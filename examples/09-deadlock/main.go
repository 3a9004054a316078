// 09-deadlock has a client and a server that wait for each other for ever: the client sends everything before it receives,
// and the echo server can't send its answers.
//
//	go run ./examples/09-deadlock
//
// New here: nothing but send(2) and recv(2), and four full queues between two programs. tcp(7) stops a sender whose
// receiver doesn't receive.
//
// Try: ss -tn while it hangs (for which patience must be longer, 10,000 for example): both sockets have bytes in Recv-Q
// and in Send-Q. Use poll(2) for POLLIN and POLLOUT instead of two threads.
//
// What breaks it: testing with small messages. They fit into the queues, and the program works until a message is larger.
//
// Remember: read while you write.
package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

// total is more than the four queues between the two programs hold together, if each has size bytes.
const total, size = 8 << 20, 1 << 16

func main() {
	message := bytes.Repeat([]byte("0123456789abcdef"), total/16)
	sendThenReceive(message)
	sendWhileReceiving(message)
}

// sendThenReceive sends the whole message before it receives. The server's answers fill the queues on the way back, so that
// the server stops in send and receives no more; then the queues on the way there are full too.
func sendThenReceive(message []byte) {
	fmt.Println("send everything, then receive")
	fd, served := connect()
	check("ioctl", sock.SetNonblock(fd, true))
	sent := 0
	for sent < len(message) {
		n, err := sock.Send(fd, message[sent:], 0)
		sent += n
		if err == sock.EAGAIN {
			if !awaitRoom(fd) {
				break
			}
			continue
		}
		check("send", err)
	}
	stopped := sent < len(message)
	fmt.Printf("  stopped: %t, after %d of %d bytes\n", stopped, sent, len(message))
	if stopped {
		fmt.Println("  the server waits until the client receives, and the client until the server does")
	}
	check("close", sock.Close(fd))
	<-served
}

// sendWhileReceiving has one thread for each direction. poll(2) for both directions would do as well.
func sendWhileReceiving(message []byte) {
	fmt.Println("receive while sending")
	fd, served := connect()
	go func() {
		_, err := sock.SendAll(fd, message, 0)
		check("send", err)
	}()
	answer := make([]byte, len(message))
	n, err := sock.RecvFull(fd, answer)
	check("recv", err)
	fmt.Printf("  received %d bytes, those that were sent: %t\n", n, bytes.Equal(answer, message))
	check("close", sock.Close(fd))
	<-served
}

// awaitRoom waits until a socket can send again, but not for ever: a program that has deadlocked would wait that long.
func awaitRoom(fd int) bool {
	const patience = 300 // milliseconds
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, patience) })
	check("poll", err)
	return n > 0
}

// connect starts an echo server for one client and returns the client's end. served is closed when the server has ended.
func connect() (fd int, served chan bool) {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{Control: smallQueues})
	check("create server", err)
	defer sock.Close(listener)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	fd, err = sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("setsockopt", smallQueues(fd))
	check("connect", sock.Connect(fd, name))
	accepted, _, err := sock.Accept(listener)
	check("accept", err)
	served = make(chan bool)
	go func() {
		defer close(served)
		defer sock.Close(accepted)
		echo(accepted)
	}()
	return fd, served
}

// smallQueues makes the deadlock come early. Without it, it comes after some megabytes. Connections inherit it from a listener.
func smallQueues(fd int) error {
	if err := sock.Setsockopt(fd, sock.SO_SNDBUF, size); err != nil {
		return err
	}
	return sock.Setsockopt(fd, sock.SO_RCVBUF, size)
}

// echo is right as it is: a server can't know that its client doesn't receive.
func echo(fd int) {
	buf := make([]byte, 2048)
	for {
		n, err := sock.Recv(fd, buf, 0)
		if err != nil || n == 0 {
			return
		}
		if _, err := sock.SendAll(fd, buf[:n], 0); err != nil {
			return
		}
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
