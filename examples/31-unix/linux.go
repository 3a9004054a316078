//go:build linux

package main

import (
	"fmt"
	"os"

	"example.com/berkeley/sock"
)

// ofLinux shows what package sock has on Linux alone.
func ofLinux(file string) {
	abstract()
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	credentials(fds[0])
	descriptor(fds[0], fds[1], file)
}

// abstract: a name without a file, which ends with its socket. The kernel picks one for an unnamed address; sock.Abstract
// makes one of your choice.
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

// credentials: the kernel vouches for the process that made the other end.
func credentials(fd int) {
	fmt.Println("credentials")
	peer, err := sock.Getsockopt(fd, sock.SO_PEERCRED)
	check("getsockopt", err)
	fmt.Printf("  process %d, user %d, group %d; this process: %t\n", peer.Pid, peer.Uid, peer.Gid, int(peer.Pid) == os.Getpid())
}

// descriptor: the open file itself is handed over, with its position and its access rights, and not its name. The receiver
// gets a number of its own for it.
func descriptor(a, b int, name string) {
	fmt.Println("a descriptor")
	file, err := os.Create(name)
	check("create", err)
	check("unlink", os.Remove(name)) // no other program can open it now
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
