// 01-echo-server is the server that every book begins with: it serves one client at a time, in one thread. It shows the
// state of its sockets after each call.
//
//	go run ./examples/01-echo-server                   two clients come, then it ends
//	go run ./examples/01-echo-server 127.0.0.1:6543    serves until you stop it
//
// New here: socket(2), bind(2), listen(2), accept(2), recv(2), send(2) and close(2), and the states of tcp(7) on the way.
//
// Try: start it with an address, and talk to it from a second terminal: echo Hello | nc -N 127.0.0.1 6543. Then run ss -tan
// beside it.
//
// What breaks it: a client that connects and says nothing. Every other client waits for it; in 22-threads and 25-epoll they
// don't.
//
// Remember: the listener only accepts; each client gets a socket of its own.
package main

import (
	"fmt"
	"os"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

func main() {
	address, clients := "127.0.0.1:0", 2
	if len(os.Args) > 1 {
		address, clients = os.Args[1], -1
	}
	if err := serve(address, clients); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve serves a number of clients that it plays itself, or all that come if the number is negative.
func serve(address string, clients int) error {
	sa, err := sock.ParseSockaddr(address)
	if err != nil {
		return err
	}
	listener, err := sock.Socket(sa.Family(), sock.SOCK_STREAM, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer sock.Close(listener)
	show("server", "socket()", listener)

	// Without it, a server that was just stopped can't start again for a minute: its old connections are in TIME_WAIT.
	if err := sock.Setsockopt(listener, sock.SO_REUSEADDR, true); err != nil {
		return fmt.Errorf("setsockopt: %w", err)
	}
	if err := sock.Bind(listener, sa); err != nil {
		return fmt.Errorf("bind %v: %w", sa, err)
	}
	show("server", "bind()", listener)

	if err := sock.Listen(listener, 10); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	show("server", "listen()", listener)

	visited := make(chan bool)
	go func() {
		visit(listener, clients)
		close(visited)
	}()
	for ; clients != 0; clients-- {
		// The listener only accepts. Each client gets a socket of its own: N clients, N+1 sockets.
		fd, _, err := sock.Accept(listener)
		if err != nil {
			fmt.Println("accept:", err) // one client's fault doesn't end the server
			sock.Poll(nil, 100)         // a fault that lasts, such as EMFILE, shouldn't keep it busy: 26-descriptors
			continue
		}
		show("server", "accept()", fd)
		if err := echo(fd); err != nil {
			fmt.Println(err)
		}
		sock.Close(fd)
		fmt.Printf("server  close()      fd %d\n", fd)
	}
	<-visited
	return nil
}

// echo receives until the client shuts down its writing side, then sends everything back.
func echo(fd int) error {
	var message []byte
	buf := make([]byte, 2048)
	for {
		n, err := sock.Recv(fd, buf, 0)
		if err != nil {
			return fmt.Errorf("recv: %w", err)
		}
		show("server", fmt.Sprintf("recv() = %d", n), fd)
		if n == 0 {
			break
		}
		message = append(message, buf[:n]...)
	}
	n, err := sock.SendAll(fd, message, 0) // one send may take less than all
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	show("server", fmt.Sprintf("send() = %d", n), fd)
	return nil
}

// show prints a step, and the socket's state and addresses after it.
func show(who, step string, fd int) {
	local, _ := sock.Getsockname(fd)
	line := fmt.Sprintf("%s  %-11s  fd %d  %-11s  %v", who, step, fd, tcpinfo.State(fd), local)
	if peer, err := sock.Getpeername(fd); err == nil {
		line += fmt.Sprintf(" and %v", peer)
	}
	fmt.Println(line)
}

// visit plays the clients, one after the other; 02-echo-client is about them.
func visit(listener, clients int) {
	server, _ := sock.Getsockname(listener)
	for range max(0, clients) {
		if err := talk(server, "Hello, world"); err != nil {
			fmt.Fprintln(os.Stderr, "client:", err)
			os.Exit(1) // the server would wait for this client for ever
		}
	}
}

func talk(server sock.Sockaddr, words string) error {
	fd, err := sock.Socket(server.Family(), sock.SOCK_STREAM, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer sock.Close(fd)
	if err := sock.Connect(fd, server); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	show("client", "connect()", fd)
	if _, err := sock.SendAll(fd, []byte(words), 0); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	show("client", "shutdown()", fd)
	answer, err := sock.RecvAll(fd, 1<<16)
	if err != nil {
		return fmt.Errorf("recv: %w", err)
	}
	fmt.Printf("client  received     %q\n", answer)
	return nil
}
