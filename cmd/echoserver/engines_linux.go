package main

const defaultEngine = "epoll"

var engines = map[string]engine{
	"iterative":  iterative,
	"threads":    threads,
	"goroutines": goroutines,
	"epoll":      epoll,
}

const engineHelp = portableHelp + `
		  epoll      event loops, one a core, on non-blocking sockets: epoll(7); as many
		             clients as there are descriptors`
