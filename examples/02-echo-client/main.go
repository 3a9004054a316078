// 02-echo-client is the client that goes with 01-echo-server: it connects, sends, shuts down its writing side, and receives
// until the server closes.
//
//	go run ./examples/02-echo-client                         talks to a server of its own
//	go run ./examples/02-echo-client 127.0.0.1:6543 Hello    talks to yours
//
// New here: connect(2) and shutdown(2), and the half-closed connection of tcp(7): FIN_WAIT2 on this side, CLOSE_WAIT on the
// other.
//
// Try: nc -l 127.0.0.1 6543 in a second terminal, and talk to that. It prints your words and ends with your shutdown, so the
// answer is empty; 01-echo-server 127.0.0.1:6543 answers.
//
// What breaks it: no shutdown. The server waits for the end of the message, the client waits for the answer, and neither
// ever gets it.
//
// Remember: shutdown tells the peer that no more bytes will come; you can still receive.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

func main() {
	address, words := "", "Hello, world"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if len(os.Args) > 2 {
		words = strings.Join(os.Args[2:], " ")
	}
	if err := talk(address, words); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// talk sends words to a server, or to its own if there is no address, and prints the answer.
func talk(address, words string) error {
	next := func() {} // lets the own server take its next step
	if address == "" {
		listener, err := listen()
		if err != nil {
			return err
		}
		defer sock.Close(listener)
		steps := make(chan bool, 2)
		next = func() { steps <- true }
		go serve(listener, steps)
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

	// This tells the server that the message ends here: its recv returns 0. This side can still receive.
	if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	for tcpinfo.State(fd) == "FIN_WAIT1" {
		runtime.Gosched() // until the ACK of this side's FIN is here; no descriptor reports it
	}
	show("shutdown()", fd)
	next()

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
		if len(answer) == len(words) {
			next()
		}
	}
	fmt.Printf("the answer is %q\n", answer)
	return nil
}

// show prints a step, and the socket's state and addresses after it. CLOSE at the end stands for TIME_WAIT, which the kernel
// keeps without the socket.
func show(step string, fd int) {
	local, _ := sock.Getsockname(fd)
	line := fmt.Sprintf("%-11s  fd %d  %-11s  %v", step, fd, tcpinfo.State(fd), local)
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

// serve serves one client as 01-echo-server does, except that it waits before it answers and before it closes: so the client
// sees each state that it is in.
func serve(listener int, steps <-chan bool) {
	fd, _, err := sock.Accept(listener)
	if err != nil {
		return
	}
	defer sock.Close(fd)
	message, err := sock.RecvAll(fd, 1<<16)
	if err != nil {
		return
	}
	<-steps
	fmt.Printf("server has received the end: %s\n", tcpinfo.State(fd))
	if _, err := sock.SendAll(fd, message, 0); err != nil {
		return
	}
	<-steps
}
