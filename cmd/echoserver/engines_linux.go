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
		  epoll      event loops, one a core, on non-blocking sockets: epoll(7), and io_uring(7)
		             for what came from several clients at once, where the kernel lets it;
		             as many clients as there are descriptors`

func acceptNonblock(fd int) (int, sock.Sockaddr, error) {
	return sock.Accept4(fd, sock.SOCK_NONBLOCK)
}
