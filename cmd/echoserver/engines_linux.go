package main

import "example.com/berkeley/sock"

const defaultEngine = "epoll"

var engines = map[string]engine{
	"iterative":  iterative,
	"threads":    threads,
	"goroutines": goroutines,
	"epoll":      epoll,
}

const engineHelp = portableHelp + `
		  epoll      event loops, one per core, on non-blocking sockets: epoll(7), and, where the
		             kernel allows it, io_uring(7) for clients that are ready together. To serve
		             nothing but one datagram socket, they block in recvmmsg(2). Where a sandbox
		             kills programs for io_uring_setup(2), use the engine goroutines`

func acceptNonblock(fd int) (int, sock.Sockaddr, error) {
	return sock.Accept4(fd, sock.SOCK_NONBLOCK)
}
