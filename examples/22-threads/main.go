// 22-threads gives each client a thread of its own, so that a silent client does not delay the others. The code for each client is
// that for a single one.
//
//	go run ./examples/22-threads                   a hundred clients come, then it ends
//	go run ./examples/22-threads 127.0.0.1:6543    serves until you stop it
//
// New here: a goroutine in a blocking call, recv(2) for example, holds a thread of pthreads(7) until the call returns.
//
// Try: start it with an address, and run nc 127.0.0.1 6543 in two terminals at once. In 01-echo-server the second would
// wait.
//
// What breaks it: ten thousand silent clients. Go ends a program that needs more threads than that.
//
// Remember: a blocking call costs a thread for as long as it waits.
package main

import (
	"fmt"
	"os"
	"runtime/pprof"
	"sync"

	"example.com/berkeley/sock"
)

func main() {
	address, clients := "127.0.0.1:0", 100
	if len(os.Args) > 1 {
		address, clients = os.Args[1], -1
	}
	sa, err := sock.ParseSockaddr(address)
	check("address", err)
	listener, err := sock.CreateServer(sa, sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)

	if clients > 0 {
		go visit(listener, clients)
	}
	serve(listener, clients)
}

// serve serves a number of clients, or all that come if it is negative. The thread that accepts does nothing else.
func serve(listener, clients int) {
	var serving sync.WaitGroup
	for ; clients != 0; clients-- {
		fd, _, err := sock.Accept(listener)
		if err != nil {
			fmt.Println("accept:", err) // one client's fault doesn't end the server
			sock.Poll(nil, 100)         // a fault that lasts, such as EMFILE, shouldn't keep it busy: 26-descriptors
			continue
		}
		serving.Go(func() {
			defer sock.Close(fd)
			if err := echo(fd); err != nil {
				fmt.Println(err)
			}
		})
	}
	serving.Wait()
}

// echo is written as if there were only one client. That is the advantage of threads.
func echo(fd int) error {
	buf := make([]byte, 2048)
	for {
		n, err := sock.Recv(fd, buf, 0)
		if err != nil {
			return fmt.Errorf("recv: %w", err)
		}
		if n == 0 {
			return nil
		}
		if _, err := sock.SendAll(fd, buf[:n], 0); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
}

// visit plays the clients: all connect, get an answer, and stay. Then the last to connect is the first to speak.
func visit(listener, clients int) {
	server, err := sock.Getsockname(listener)
	check("getsockname", err)
	fmt.Printf("before: %d threads\n", threads())
	fds := make([]int, clients)
	for i := range fds {
		fds[i], err = sock.Socket(server.Family(), sock.SOCK_STREAM, 0)
		check("socket", err)
		check("connect", sock.Connect(fds[i], server))
		talk(fds[i], "I am here")
	}
	fmt.Printf("with %d silent clients: %d threads\n", clients, threads())
	for i := clients; i > clients-3; i-- {
		fmt.Printf("client %d received %q\n", i, talk(fds[i-1], "Hello, world"))
	}
	for _, fd := range fds {
		sock.Close(fd)
	}
}

// talk sends words and receives the same number of bytes.
func talk(fd int, words string) string {
	_, err := sock.SendAll(fd, []byte(words), 0)
	check("send", err)
	answer := make([]byte, len(words))
	n, err := sock.RecvFull(fd, answer)
	check("recv", err)
	return string(answer[:n])
}

// threads returns how many threads this process has started.
func threads() int { return pprof.Lookup("threadcreate").Count() }

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
