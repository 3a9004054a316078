// 12-close shows that close ends a descriptor and not the connection: with a duplicate of it, or a thread in recv, the
// connection lives on. shutdown ends it for all.
//
//	go run ./examples/12-close
//
// New here: dup(2), what close(2) says about other threads, shutdown(2) with SHUT_RDWR, MSG_WAITALL of recv(2).
//
// Try: a time.Sleep before the first shutdown, and ss -tan beside it: both ends are ESTABLISHED. Start a child process
// that inherits the server's descriptor (SetInheritable), and close the duplicate instead: the connection lasts until the
// child ends too.
//
// What breaks it: closing a descriptor to wake another thread. The thread goes on waiting, and the next socket may get the
// same number: then it works on a stranger's connection.
//
// Remember: shutdown ends the connection, close only the number.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

func main() {
	duplicate()
	closeDuringRecv()
	shutdownDuringRecv()
}

// duplicate: dup(2) and fork(2) make a second descriptor of the same socket. The connection ends when both are closed, or when
// one of them is shut down.
func duplicate() {
	fmt.Println("close one of two descriptors")
	client, server := connection()
	copied, err := sock.Dup(server)
	check("dup", err)
	check("close", sock.Close(server))
	n, err := sock.Recv(client, make([]byte, 1), sock.MSG_DONTWAIT)
	fmt.Printf("  client: %s, recv = %d, %v\n", tcpinfo.State(client), n, err)

	check("shutdown", sock.Shutdown(copied, sock.SHUT_RDWR))
	n, err = sock.Recv(client, make([]byte, 1), 0)
	fmt.Printf("  after shutdown of the other: %s, recv = %d, %v\n", tcpinfo.State(client), n, err)
	check("close", sock.Close(copied))
	check("close", sock.Close(client))
}

// closeDuringRecv: a call in progress keeps the socket open, whatever becomes of the number. On Linux recv goes on waiting.
func closeDuringRecv() {
	fmt.Println("close while a thread is in recv")
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	received := receive(fds[1], fds[0])
	check("close", sock.Close(fds[1]))
	send(fds[0], "b")
	fmt.Println("  the thread received", <-received)
	check("close", sock.Close(fds[0]))
}

// shutdownDuringRecv: shutdown ends the connection, and wakes all calls that wait for it.
func shutdownDuringRecv() {
	fmt.Println("shutdown while a thread is in recv")
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	received := receive(fds[1], fds[0])
	check("shutdown", sock.Shutdown(fds[1], sock.SHUT_RDWR))
	fmt.Println("  the thread received", <-received)
	check("close", sock.Close(fds[0]))
	check("close", sock.Close(fds[1]))
}

// receive receives two bytes in another thread. The thread is in recv for certain when it has taken the first of them, which
// receive sends.
func receive(fd, peer int) <-chan string {
	received := make(chan string)
	go func() {
		p := make([]byte, 2)
		n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, p, sock.MSG_WAITALL) })
		received <- fmt.Sprintf("%q, %v", p[:n], err)
	}()
	send(peer, "a")
	for readable(fd) {
		runtime.Gosched()
	}
	return received
}

func readable(fd int) bool {
	n, err := sock.Retry(func() (int, error) {
		return sock.Poll([]sock.Pollfd{{Fd: int32(fd), Events: sock.POLLIN}}, 0)
	})
	check("poll", err)
	return n > 0
}

func send(fd int, text string) {
	_, err := sock.Send(fd, []byte(text), 0)
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
