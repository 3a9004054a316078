//go:build linux

// 15-runtime-poller has Go wait for the clients: a goroutine each as in 11-threads, and no thread for those who say nothing.
//
//	go run ./examples/15-runtime-poller    an echo server, then a web server on the same kind of socket
//
// New here: Conn, a socket under the epoll(7) that every Go program has. It is what package net has, of any family: it waits
// until a deadline, Close ends the calls that wait on it, and what takes a net.Conn or a net.Listener takes it.
// Try: an abstract address for the web server, then curl --abstract-unix-socket; SetReadDeadline in serve; strace -f.
// What breaks it: to go on with the descriptor that NewConn was given. Its number may soon be another's.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

const clients = 100

func main() {
	listener := listen()
	served := make(chan error)
	go func() { served <- serve(listener) }()
	visit(listener.LocalAddr().String())
	check("close", listener.Close())
	fmt.Println("the server's end:", <-served)

	web := listen()
	defer web.Close()
	go http.Serve(web.Listener(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, world, at %s\n", r.URL.Path)
	}))
	get("http://" + web.LocalAddr().String() + "/examples")
}

// listen makes a Conn of a listener. ListenConn does it in one call.
func listen() *sock.Conn {
	fd, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	listener, err := sock.NewConn(fd)
	check("new conn", err)
	return listener
}

// serve starts a goroutine for each client, until the listener is closed.
func serve(listener *sock.Conn) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			io.Copy(conn, conn) // until the client's end, or its error
		}()
	}
}

// visit plays the clients of 11-threads, by package net.
func visit(server string) {
	fmt.Printf("before: %d threads\n", threads())
	conns := make([]net.Conn, clients)
	for i := range conns {
		conn, err := net.Dial("tcp", server)
		check("dial", err)
		defer conn.Close()
		conns[i] = conn
		talk(conn, "I am here")
	}
	fmt.Printf("with %d clients who say nothing: %d threads\n", clients, threads())
	for i := clients; i > clients-3; i-- {
		fmt.Printf("client %d received %q\n", i, talk(conns[i-1], "Hello, world"))
	}
}

// talk sends words and receives as many bytes.
func talk(conn net.Conn, words string) string {
	_, err := conn.Write([]byte(words))
	check("write", err)
	answer := make([]byte, len(words))
	_, err = io.ReadFull(conn, answer)
	check("read", err)
	return string(answer)
}

// get fetches a page, as every client of HTTP would.
func get(url string) {
	response, err := http.Get(url)
	check("get", err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check("read", err)
	fmt.Printf("%s: %q\n", response.Status, body)
}

// threads is how many this process has: proc(5).
func threads() int {
	tasks, err := os.ReadDir("/proc/self/task")
	check("threads", err)
	return len(tasks)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
