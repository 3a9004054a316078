// 23-select-and-poll serves many clients with one thread: it asks the kernel which of them are ready, in the two ways that
// every Unix has.
//
//	go run ./examples/23-select-and-poll    the same clients, served with poll and then with select
//
// New here: poll(2) for more than one descriptor, and select(2) with its sets of descriptors; select_tut(2).
//
// Try: strace -f -e trace=poll,pselect6 on the program: each call hands over the whole list. Let a client reset its connection,
// by SO_LINGER: it becomes readable, and recv reports ECONNRESET.
//
// What breaks it: a client that sends and doesn't receive. SendAll waits for it, and so does every other client; 25-epoll
// solves that. The sockets here block, so a recv after a false report would wait too: see BUGS in select(2), and
// 24-readiness. And select can't hold descriptors from 1024 up, whatever the limit on open files is.
//
// Remember: one thread can wait for all clients, as long as it never waits for one of them.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	for _, server := range []struct {
		name string
		loop func(listener, clients int)
	}{{"poll", withPoll}, {"select", withSelect}} {
		fmt.Println(server.name)
		listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
		check("create server", err)
		go visit(listener)
		server.loop(listener, 2)
		check("close", sock.Close(listener))
	}
}

// withPoll keeps one list, in which the kernel marks what is ready. poll skips negative descriptors: those clients are gone.
func withPoll(listener, clients int) {
	fds := []sock.Pollfd{{Fd: int32(listener), Events: sock.POLLIN}}
	for clients > 0 {
		_, err := sock.Retry(func() (int, error) { return sock.Poll(fds, -1) })
		check("poll", err)
		for i := range fds {
			switch {
			case fds[i].Revents == 0:
			case i == 0:
				fds = append(fds, sock.Pollfd{Fd: int32(accept(listener)), Events: sock.POLLIN})
			case !echo(int(fds[i].Fd), i):
				fds[i].Fd = -1
				clients--
			}
		}
	}
}

// withSelect builds its set again for each wait, because the kernel leaves only the ready descriptors in it.
func withSelect(listener, clients int) {
	fds := []int{listener}
	for clients > 0 {
		var readable sock.FdSet
		highest := -1
		for _, fd := range fds {
			if fd >= 0 {
				check("FD_SET", sock.FD_SET(fd, &readable))
				highest = max(highest, fd)
			}
		}
		_, err := sock.Select(highest+1, &readable, nil, nil, nil)
		if err == sock.EINTR {
			continue
		}
		check("select", err)
		for i, fd := range fds {
			switch {
			case fd < 0 || !sock.FD_ISSET(fd, &readable):
			case i == 0:
				fds = append(fds, accept(listener))
			case !echo(fd, i):
				fds[i] = -1
				clients--
			}
		}
	}
}

// accept accepts a client. On an error it returns -1, which both loops skip.
func accept(listener int) int {
	fd, _, err := sock.Accept(listener)
	fmt.Println("  the listener is ready: accept:", err)
	return fd
}

// echo answers what a ready client has sent, and reports whether the client is still there.
func echo(fd, client int) bool {
	buf := make([]byte, 2048)
	n, err := sock.Recv(fd, buf, 0)
	if err == nil && n > 0 {
		fmt.Printf("  client %d is ready: recv = %d\n", client, n)
		_, err = sock.SendAll(fd, buf[:n], 0)
	}
	if err == nil && n > 0 {
		return true
	}
	fmt.Printf("  client %d is ready: recv = %d, %v: close\n", client, n, err)
	sock.Close(fd)
	return false
}

// visit plays two clients, the second of which speaks first.
func visit(listener int) {
	server, err := sock.Getsockname(listener)
	check("getsockname", err)
	var clients [2]int
	for i := range clients {
		clients[i], err = sock.Socket(server.Family(), sock.SOCK_STREAM, 0)
		check("socket", err)
		check("connect", sock.Connect(clients[i], server))
	}
	for _, fd := range []int{clients[1], clients[0]} {
		_, err := sock.Send(fd, []byte("Hello, world"), 0)
		check("send", err)
		_, err = sock.RecvFull(fd, make([]byte, 12))
		check("recv", err)
	}
	for _, fd := range clients {
		sock.Close(fd)
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
