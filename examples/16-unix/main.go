//go:build linux

// 16-unix stays on the machine: names in the file system, the peer's user, and descriptors that go from hand to hand.
//
//	go run ./examples/16-unix
//
// New here: AF_UNIX of unix(7), a socket's file and who removes it, abstract names, SO_PEERCRED, SCM_RIGHTS of cmsg(3) by way
// of SendFds and RecvFds.
// Try: chmod of the file: to connect takes the right to write it. ss -xlp. A server that hands over its listener, so that
// its successor serves on without a gap.
// What breaks it: a path of more than 108 bytes. And a file that a server left behind: bind gives EADDRINUSE, nobody listens.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"example.com/berkeley/sock"
)

func main() {
	dir, err := os.MkdirTemp("", "")
	check("mkdir", err)
	defer os.RemoveAll(dir)
	address, err := sock.Unix(filepath.Join(dir, "socket"))
	check("address", err)
	path(address)
	abstract()

	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	credentials(fds[0])
	descriptor(fds[0], fds[1], filepath.Join(dir, "file"))
}

// path: bind makes a file, and close leaves it there.
func path(address sock.Sockaddr) {
	fmt.Println("a path")
	listener, err := sock.CreateServer(address, sock.ServerOptions{})
	check("create server", err)
	info, err := os.Stat(address.Path())
	check("stat", err)
	fmt.Println("  its file is of type socket:", info.Mode().Type() == os.ModeSocket)
	connect(address)

	check("close", sock.Close(listener))
	connect(address)
	_, err = sock.CreateServer(address, sock.ServerOptions{})
	fmt.Println("  new server:", err)
	check("unlink", os.Remove(address.Path()))
	connect(address)
}

// abstract: a name without a file ends with its socket. The kernel picks one for an unnamed address; sock.Abstract makes
// one of your choice.
func abstract() {
	fmt.Println("an abstract name")
	listener, err := sock.CreateServer(sock.Unnamed(), sock.ServerOptions{})
	check("create server", err)
	address, err := sock.Getsockname(listener)
	check("getsockname", err)
	fmt.Println("  the kernel picked", address)
	connect(address)
	check("close", sock.Close(listener))
	connect(address)
}

// connect comes back as soon as it has a place in the server's queue, or an error.
func connect(address sock.Sockaddr) {
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(fd)
	fmt.Println("  connect:", sock.Connect(fd, address))
}

// credentials: the kernel vouches for who made the other end.
func credentials(fd int) {
	fmt.Println("credentials")
	peer, err := sock.Getsockopt(fd, sock.SO_PEERCRED)
	check("getsockopt", err)
	fmt.Printf("  process %d, user %d, group %d; this process: %t\n", peer.Pid, peer.Uid, peer.Gid, int(peer.Pid) == os.Getpid())
}

// descriptor: what goes over is the open file, with its position and its rights, and not a name. The number there is another.
func descriptor(a, b int, name string) {
	fmt.Println("a descriptor")
	file, err := os.Create(name)
	check("create", err)
	check("unlink", os.Remove(name)) // nobody else can open it any more
	_, err = file.WriteString("Hello, ")
	check("write", err)
	_, err = sock.SendFds(a, []byte("an open file"), int(file.Fd()))
	check("sendmsg", err)

	words := make([]byte, 64)
	n, fds, err := sock.RecvFds(b, words, 1)
	check("recvmsg", err)
	fmt.Printf("  received %q, and %d descriptor\n", words[:n], len(fds))
	received := os.NewFile(uintptr(fds[0]), "received")
	_, err = received.WriteString("world")
	check("write", err)
	check("close", received.Close())

	content := make([]byte, len("Hello, world"))
	n, err = file.ReadAt(content, 0)
	check("read", err)
	fmt.Printf("  two descriptors, one file: %q\n", content[:n])
	check("close", file.Close())
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
