//go:build unix && !linux

package main

import "example.com/berkeley/sock"

const defaultEngine = "threads"

var engines = map[string]engine{
	"iterative":  iterative,
	"threads":    threads,
	"goroutines": goroutines,
}

const engineHelp = portableHelp

func acceptNonblock(fd int) (int, sock.Sockaddr, error) {
	nfd, peer, err := sock.Accept(fd)
	if err != nil {
		return -1, peer, err
	}
	if err := sock.SetNonblock(nfd, true); err != nil {
		sock.Close(nfd)
		return -1, peer, err
	}
	return nfd, peer, nil
}
