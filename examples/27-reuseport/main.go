//go:build linux

// 27-reuseport wakes all threads that wait for one listener when a single client comes: the thundering herd. Then it opens
// several listeners on one port, and the kernel divides the clients among them: one way to run one event loop per core.
//
//	go run ./examples/27-reuseport
//
// New here: SO_REUSEPORT of socket(7), with which each thread can have its own listener and its own epoll(7). The kernel
// chooses by a hash of both ends' addresses, so the shares are about equal. EPOLLEXCLUSIVE of epoll_ctl(2), for threads that
// keep one listener.
//
// Try: a port of your choice, and a time.Sleep before the listeners close: ss -tln shows four of them on one port. A second
// program of the same user adds four, and waits for ever for those of its clients that the first four got. Before the
// clients connect, set SO_INCOMING_CPU of each listener to another core: the core that handles a client's packets decides.
// With SO_ATTACH_REUSEPORT_CBPF a filter decides: []sock.SockFilter{{Code: 6, K: 2}} sends all clients to the third listener.
//
// What breaks it: closing one of the listeners. The connections in its queue are reset, although the other listeners are
// there, unless sysctl net.ipv4.tcp_migrate_req is 1.
//
// Remember: every listener on the port must set SO_REUSEPORT, the first one too.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

const listeners, clients = 4, 200

func main() {
	oneListener()
	severalListeners()
}

// oneListener: it is ready for every thread that waits for it, and one of them gets the client.
func oneListener() {
	const threads = 4
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)
	check("ioctl", sock.SetNonblock(listener, true))
	awake := make(chan bool, threads)
	for range threads {
		wait(listener, awake)
	}

	fmt.Printf("%d threads wait for one listener, and a client connects\n", threads)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	client, err := sock.Socket(name.Family(), sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(client)
	check("connect", sock.Connect(client, name))
	for i := range threads {
		<-awake
		fmt.Printf("  awake: %d\n", i+1)
	}
	for range threads {
		fd, _, err := sock.Accept(listener)
		fmt.Println("  accept:", err)
		if err == nil {
			defer sock.Close(fd)
		}
	}
}

// wait starts a thread that waits for a listener, and returns when it sleeps.
func wait(listener int, awake chan<- bool) {
	epfd, err := sock.EpollCreate1(0)
	check("epoll_create1", err)
	event := sock.EpollEvent{Events: sock.EPOLLIN, Fd: int32(listener)}
	check("epoll_ctl", sock.EpollCtl(epfd, sock.EPOLL_CTL_ADD, listener, &event))
	thread := make(chan int)
	go func() {
		runtime.LockOSThread()
		thread <- syscall.Gettid()
		_, err := sock.Retry(func() (int, error) { return sock.EpollWait(epfd, make([]sock.EpollEvent, 1), -1) })
		check("epoll_wait", err)
		check("close", sock.Close(epfd))
		awake <- true
	}()
	for tid := <-thread; !sleeps(tid, epfd); {
		runtime.Gosched()
	}
}

// sleeps reports whether a thread sleeps in a call whose first argument is a descriptor: proc(5), /proc/pid/syscall. Where that
// is missing, as in the tour, it gives the thread a moment to fall asleep.
func sleeps(tid, fd int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", tid))
	if err != nil {
		time.Sleep(100 * time.Millisecond)
		return true
	}
	call := strings.Fields(string(text)) // the number and the arguments of the call, or "running"
	return len(call) > 1 && call[1] == fmt.Sprintf("%#x", fd)
}

// severalListeners: each client is in the queue of one listener.
func severalListeners() {
	first, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{ReusePort: true})
	check("create server", err)
	name, err := sock.Getsockname(first)
	check("getsockname", err)

	// Every listener must set it, the first one too.
	_, err = sock.CreateServer(name, sock.ServerOptions{})
	fmt.Println("without SO_REUSEPORT:", err)
	fds := []sock.Pollfd{{Fd: int32(first), Events: sock.POLLIN}}
	for len(fds) < listeners {
		fd, err := sock.CreateServer(name, sock.ServerOptions{ReusePort: true})
		check("create server", err)
		fds = append(fds, sock.Pollfd{Fd: int32(fd), Events: sock.POLLIN})
	}
	fmt.Printf("%d listeners on one port\n", len(fds))
	if limit := tcpinfo.Of(first).QueueLimit; limit > 0 && limit < clients/2 {
		fmt.Printf("net.core.somaxconn limits each queue to %d clients, and this lesson connects %d before it accepts the first\n", limit, clients)
		return
	}

	for range clients {
		fd, err := sock.Socket(name.Family(), sock.SOCK_STREAM, 0)
		check("socket", err)
		defer sock.Close(fd)
		check("connect", sock.Connect(fd, name))
	}
	shares := accept(fds, clients)
	for i, share := range shares {
		fmt.Printf("listener %d accepted %d\n", i+1, share)
	}
	for _, fd := range fds {
		sock.Close(int(fd.Fd))
	}
}

// accept counts how many clients each listener gets. One thread is enough for that.
func accept(listeners []sock.Pollfd, clients int) (shares []int) {
	shares = make([]int, len(listeners))
	for clients > 0 {
		_, err := sock.Retry(func() (int, error) { return sock.Poll(listeners, -1) })
		check("poll", err)
		for i, listener := range listeners {
			if listener.Revents == 0 {
				continue
			}
			fd, _, err := sock.Accept(int(listener.Fd))
			check("accept", err)
			check("close", sock.Close(fd))
			shares[i]++
			clients--
		}
	}
	return shares
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
