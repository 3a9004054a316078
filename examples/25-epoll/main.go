//go:build linux

// 25-epoll serves many clients with one thread and never waits for one of them, neither for its bytes nor for room to
// answer.
//
//	go run ./examples/25-epoll
//
// New here: epoll_create1(2), epoll_ctl(2) and epoll_wait(2): the kernel keeps the list and returns only the descriptors
// that are ready, by level or by edge as epoll(7) explains. accept4(2) with SOCK_NONBLOCK. The server never takes more from
// a client than it can give back.
//
// Try: strace -f on it, and on 23-select-and-poll. Add EPOLLET in control: the server receives once per event, so bytes are
// left behind that no edge reports, and it hangs.
//
// What breaks it: closing a descriptor that has a duplicate. The list belongs to the open socket and not to its number, so
// events keep coming. To stop them, give the duplicate that number again with dup3(2) and use EPOLL_CTL_DEL; better, use
// EPOLL_CTL_DEL before close.
//
// Remember: by level, epoll tells you that there are bytes; by edge, that bytes came. After an edge, receive until EAGAIN.
package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"example.com/berkeley/sock"
)

func main() {
	showTrigger("level-triggered", 0)
	showTrigger("edge-triggered", sock.EPOLLET)

	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)
	check("ioctl", sock.SetNonblock(listener, true))
	check("setsockopt", sock.Setsockopt(listener, sock.SO_SNDBUF, 1<<16)) // connections inherit it, and fill it soon
	full := make(chan bool)
	noRoom := sync.OnceFunc(func() {
		fmt.Println("a client doesn't receive: the server waits for room, and serves others")
		close(full)
	})
	go visit(listener, full)
	serve(listener, 2, noRoom)
}

// showTrigger: two bytes have come and one is left to receive. The level (there are bytes) is still there, so it gives an event
// again. The edge (bytes came) was reported once: no event until more come, although one byte waits.
func showTrigger(name string, trigger uint32) {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	epfd, err := sock.EpollCreate1(0)
	check("epoll_create1", err)
	defer sock.Close(epfd)
	control(epfd, sock.EPOLL_CTL_ADD, fds[1], sock.EPOLLIN|trigger)

	_, err = sock.Send(fds[0], []byte("ab"), 0)
	check("send", err)
	fmt.Println(name)
	for there := 2; there > 0; there-- {
		n, err := sock.EpollWait(epfd, make([]sock.EpollEvent, 1), 0)
		check("epoll_wait", err)
		fmt.Printf("  bytes there: %d, events: %d\n", there, n)
		_, err = sock.Recv(fds[1], make([]byte, 1), 0)
		check("recv", err)
	}
}

// client is a connected client. pending is the part of buf that waits for room to be sent.
type client struct {
	fd      int
	buf     [2048]byte
	pending []byte
	waitFor uint32
}

// serve serves a number of clients, and calls noRoom when one doesn't receive and there is no room left for its answer.
func serve(listener, number int, noRoom func()) {
	epfd, err := sock.EpollCreate1(0)
	check("epoll_create1", err)
	defer sock.Close(epfd)
	control(epfd, sock.EPOLL_CTL_ADD, listener, sock.EPOLLIN)
	clients := map[int32]*client{}
	events := make([]sock.EpollEvent, 64)

	for number > 0 {
		n, err := sock.Retry(func() (int, error) { return sock.EpollWait(epfd, events, -1) })
		check("epoll_wait", err)
		for _, event := range events[:n] {
			if int(event.Fd) == listener {
				if c := accept(listener); c != nil {
					clients[int32(c.fd)] = c
					control(epfd, sock.EPOLL_CTL_ADD, c.fd, c.waitFor)
				}
				continue
			}
			c := clients[event.Fd]
			switch waitFor := c.echo(); waitFor {
			case c.waitFor:
			case 0:
				sock.Close(c.fd) // which removes it from the list: it has no duplicates
				delete(clients, event.Fd)
				number--
			default:
				if c.waitFor = waitFor; waitFor == sock.EPOLLOUT {
					noRoom()
				}
				control(epfd, sock.EPOLL_CTL_MOD, c.fd, waitFor)
			}
		}
	}
}

// accept accepts a client, and returns nil if that fails. After EMFILE the level gives the same event again at once: a server
// that stays needs the remedy of 26-descriptors.
func accept(listener int) *client {
	fd, _, err := sock.Accept4(listener, sock.SOCK_NONBLOCK)
	if err != nil {
		fmt.Println("accept4:", err)
		return nil
	}
	return &client{fd: fd, waitFor: sock.EPOLLIN}
}

// echo receives once and sends once, so that other clients get their turn; the level gives another event. It returns what to
// wait for, or 0 when the client is gone. While an answer waits for room it receives nothing, and so TCP stops the client.
func (c *client) echo() (waitFor uint32) {
	if len(c.pending) == 0 {
		n, err := sock.Recv(c.fd, c.buf[:], 0)
		if err == sock.EAGAIN {
			return sock.EPOLLIN
		}
		if err != nil || n == 0 {
			return 0
		}
		c.pending = c.buf[:n]
	}
	n, err := sock.Send(c.fd, c.pending, 0)
	if err != nil && err != sock.EAGAIN {
		return 0
	}
	c.pending = c.pending[n:]
	if len(c.pending) > 0 {
		return sock.EPOLLOUT
	}
	return sock.EPOLLIN
}

func control(epfd, op, fd int, events uint32) {
	check("epoll_ctl", sock.EpollCtl(epfd, op, fd, &sock.EpollEvent{Events: events, Fd: int32(fd)}))
}

// visit plays two clients. The first sends a lot and receives nothing until the second has its answer.
func visit(listener int, full <-chan bool) {
	server, err := sock.Getsockname(listener)
	check("getsockname", err)
	much := bytes.Repeat([]byte("Hello, world\n"), 100_000)
	first, second := connect(server), connect(server)
	defer sock.Close(first)
	defer sock.Close(second)
	go sock.SendAll(first, much, 0)
	<-full

	_, err = sock.SendAll(second, []byte("Hello, world"), 0)
	check("send", err)
	answer := make([]byte, 12)
	_, err = sock.RecvFull(second, answer)
	check("recv", err)
	fmt.Printf("the second client received %q\n", answer)

	answer = make([]byte, len(much))
	n, err := sock.RecvFull(first, answer)
	check("recv", err)
	fmt.Printf("the first client received %d bytes, those that it sent: %t\n", n, bytes.Equal(answer, much))
}

func connect(server sock.Sockaddr) int {
	fd, err := sock.Socket(server.Family(), sock.SOCK_STREAM, 0)
	check("socket", err)
	check("setsockopt", sock.Setsockopt(fd, sock.SO_RCVBUF, 1<<16))
	check("connect", sock.Connect(fd, server))
	return fd
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
