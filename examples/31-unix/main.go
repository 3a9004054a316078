// 31-unix stays on one machine: addresses in the file system, the identity of the peer, and open files that are handed from
// process to process.
//
//	go run ./examples/31-unix
//
// New here: AF_UNIX of unix(7): a socket's file and who removes it; on Linux also abstract names, SO_PEERCRED, and
// SCM_RIGHTS of cmsg(3) by way of SendFds and RecvFds.
//
// Try: a time.Sleep before the listener closes, and ss -xlp beside it. chmod the file before the client connects:
// connecting takes the permission to write to it (root may anyway). Write a server that hands over its listener, so that
// its successor continues without a gap.
//
// What breaks it: a path of more than 108 bytes. And a file that a server left behind: bind fails with EADDRINUSE although
// no server listens.
//
// Remember: the address is a file that bind creates and close doesn't remove.
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
	ofLinux(filepath.Join(dir, "file"))
}

// path: bind creates a file, and close leaves it there.
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

// connect returns as soon as the connection is in the server's queue, or with an error.
func connect(address sock.Sockaddr) {
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socket", err)
	defer sock.Close(fd)
	fmt.Println("  connect:", sock.Connect(fd, address))
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
