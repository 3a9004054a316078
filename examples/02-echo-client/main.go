//go:build linux

// 02-echo-client is the client that goes with 01-echo-server: connect, send, shut down, receive to the end.
//
//	go run ./examples/02-echo-client                         talks to a server of its own
//	go run ./examples/02-echo-client 127.0.0.1:6543 Hello    talks to yours; try: nc -l 127.0.0.1 6543
//
// New here: connect(2), shutdown(2), and the half-closed connection: FIN_WAIT2 here, CLOSE_WAIT there.
// What breaks it: take Shutdown away, and both sides wait for the other for ever.
package main

import (
	"fmt"
	"os"
	"strings"

	"example.com/berkeley/sock"
)

func main() {
	address, words := "", "Hello, world"
	if len(os.Args) > 2 {
		address, words = os.Args[1], strings.Join(os.Args[2:], " ")
	}
	if err := talk(address, words); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// talk sends words to a server, or to one of its own if there is no address, and prints the answer.
func talk(address, words string) error {
	if address == "" {
		listener, err := listen()
		if err != nil {
			return err
		}
		defer sock.Close(listener)
		go serve(listener)
		server, err := sock.Getsockname(listener)
		if err != nil {
			return fmt.Errorf("getsockname: %w", err)
		}
		address = server.String()
	}
	server, err := sock.ParseSockaddr(address)
	if err != nil {
		return err
	}

	fd, err := sock.Socket(server.Family(), sock.SOCK_STREAM, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer sock.Close(fd)
	show("socket()", fd)

	// The kernel picks a local port, and the two exchange SYN, SYN and ACK, ACK.
	if err := sock.Connect(fd, server); err != nil {
		return fmt.Errorf("connect %v: %w", server, err)
	}
	show("connect()", fd)

	n, err := sock.SendAll(fd, []byte(words), 0)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	show(fmt.Sprintf("send() = %d", n), fd)

	// This is how the server knows that the message ends here: its recv gives 0. This side can still receive.
	if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	show("shutdown()", fd)

	var answer []byte
	buf := make([]byte, 2048)
	for {
		n, err := sock.Recv(fd, buf, 0)
		if err != nil {
			return fmt.Errorf("recv: %w", err)
		}
		show(fmt.Sprintf("recv() = %d", n), fd)
		if n == 0 {
			break
		}
		answer = append(answer, buf[:n]...)
	}
	fmt.Printf("the answer is %q\n", answer)
	return nil
}

// show prints a step, and what the kernel says of the socket after it. FIN_WAIT1 is FIN_WAIT2 a moment later, when the
// other side's ACK is here; CLOSE at the end stands for TIME_WAIT, which the kernel keeps without the socket.
func show(step string, fd int) {
	info, _ := sock.Getsockopt(fd, sock.TCP_INFO)
	local, _ := sock.Getsockname(fd)
	line := fmt.Sprintf("%-11s  fd %d  %-11v  %v", step, fd, info.State, local)
	if peer, err := sock.Getpeername(fd); err == nil {
		line += fmt.Sprintf(" and %v", peer)
	}
	fmt.Println(line)
}

// listen opens the server's listener on a port that the kernel picks.
func listen() (int, error) {
	sa, err := sock.ParseSockaddr("127.0.0.1:0")
	if err != nil {
		return -1, err
	}
	fd, err := sock.Socket(sa.Family(), sock.SOCK_STREAM, 0)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	if err := sock.Bind(fd, sa); err != nil {
		return -1, fmt.Errorf("bind: %w", err)
	}
	return fd, sock.Listen(fd, 10)
}

// serve serves one client. 01-echo-server shows what it does.
func serve(listener int) {
	fd, _, err := sock.Accept(listener)
	if err != nil {
		return
	}
	defer sock.Close(fd)
	message, err := sock.RecvAll(fd, 1<<16)
	if err == nil {
		sock.SendAll(fd, message, 0)
	}
}
