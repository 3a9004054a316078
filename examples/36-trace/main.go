//go:build linux

// 36-trace shows calls as the kernel receives and answers them, in strace's format, from inside the program.
//
//	go run ./examples/36-trace
//
// New here: SetTrace. A program sees its own calls as strace(1) shows them, without ptrace(2), and can write them to its
// log.
//
// Try: go build it, run strace -f -e trace=%net,poll,close on it, and compare. Add one line with SetTrace to any other
// example.
//
// What breaks it: tracing a program that must be fast. A line costs about as much as a short call, and printing it several
// times that; without SetTrace none is made.
//
// Remember: when you don't understand a program, look at its system calls.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	sock.SetTrace(func(line string) { fmt.Println("  " + line) })
	defer sock.SetTrace(nil)
	conversation()
	failures()
	descriptor()
}

// conversation is the whole life of a connection: 01-echo-server, 02-echo-client and 17-connect in one.
func conversation() {
	fmt.Println("a conversation")
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)

	client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	check("socket", err)
	if err := sock.Connect(client, name); err != sock.EINPROGRESS {
		check("connect", err)
	}
	_, err = sock.Poll([]sock.Pollfd{{Fd: int32(client), Events: sock.POLLOUT}}, -1)
	check("poll", err)
	check("connect", sock.SocketError(client))
	server, _, err := sock.Accept(listener)
	check("accept", err)

	_, err = sock.SendAll(client, []byte("Hello, world\n"), 0)
	check("send", err)
	check("shutdown", sock.Shutdown(client, sock.SHUT_WR))
	_, err = sock.RecvAll(server, 1<<16)
	check("recv", err)
	for _, fd := range []int{server, client, listener} {
		check("close", sock.Close(fd))
	}
}

// failures: the errors are shown by name and in words.
func failures() {
	fmt.Println("failures")
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(fd)
	sock.Connect(fd, sock.Inet(netip.MustParseAddrPort("127.255.255.255:9"))) // it needs SO_BROADCAST
	sock.Recv(fd, make([]byte, 64), sock.MSG_DONTWAIT)
	sock.Listen(fd, 10)
}

// descriptor: structures are shown with all their fields.
func descriptor() {
	fmt.Println("a descriptor")
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	_, err = sock.SendFds(fds[0], []byte("standard output"), int(os.Stdout.Fd()))
	check("sendmsg", err)
	_, received, err := sock.RecvFds(fds[1], make([]byte, 64), 1)
	check("recvmsg", err)
	for _, fd := range received {
		check("close", sock.Close(fd))
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
