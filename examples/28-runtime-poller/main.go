// 28-runtime-poller lets Go wait for the clients: each has a goroutine as in 22-threads, and silent ones hold no thread.
// The same kind of socket carries a web server.
//
//	go run ./examples/28-runtime-poller    an echo server, then a web server
//
// New here: Conn, a socket under the poller that every Go program has: epoll(7) on Linux, kqueue(2) on macOS and the BSDs.
// It does what package net does, for every address family: calls wait until a deadline, Close ends the calls that wait, and
// code that takes a net.Conn or a net.Listener takes it.
//
// Try: SetReadDeadline in serve, so that a silent client is dropped; strace -f, to see that nothing blocks in recv.
//
// What breaks it: using the descriptor that you gave to NewConn. It belongs to the Conn, and after Close its number may be
// another socket's.
//
// Remember: a goroutine that waits in the poller costs memory, and no thread.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/pprof"
	"time"

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

// listen makes a listener and puts it under the poller. ListenConn does both in one call.
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
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // EMFILE, for example, which lasts: 26-descriptors
			fmt.Println(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go func() {
			defer conn.Close()
			io.Copy(conn, conn) // until the client's end of stream, or an error
		}()
	}
}

// visit plays the clients of 22-threads, with package net.
func visit(server string) {
	fmt.Printf("before: %d threads\n", threads())
	conns := make([]net.Conn, clients)
	for i := range conns {
		conn, err := net.Dial("tcp", server)
		check("dial", err)
		defer conn.Close()
		check("deadline", conn.SetDeadline(time.Now().Add(10*time.Second))) // the server may have no descriptor for it
		conns[i] = conn
		talk(conn, "I am here")
	}
	fmt.Printf("with %d silent clients: %d threads\n", clients, threads())
	for i := clients; i > clients-3; i-- {
		fmt.Printf("client %d received %q\n", i, talk(conns[i-1], "Hello, world"))
	}
}

// talk sends words and receives the same number of bytes.
func talk(conn net.Conn, words string) string {
	_, err := conn.Write([]byte(words))
	check("write", err)
	answer := make([]byte, len(words))
	_, err = io.ReadFull(conn, answer)
	check("read", err)
	return string(answer)
}

// get fetches a page, as any HTTP client would.
func get(url string) {
	response, err := http.Get(url)
	check("get", err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check("read", err)
	fmt.Printf("%s: %q\n", response.Status, body)
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
