//go:build linux

// Command mdlayher is an echo server on github.com/mdlayher/socket: a goroutine and a buffer for each connection.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/mdlayher/socket"
	"golang.org/x/sys/unix"
)

func main() {
	listener, err := socket.Socket(unix.AF_INET, unix.SOCK_STREAM, 0, "echo", nil)
	if err == nil {
		err = listener.Bind(&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = listener.Listen(4096)
	}
	if err != nil {
		log.Fatal(err)
	}
	addr, err := listener.Getsockname()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on tcp://127.0.0.1:%d\n", addr.(*unix.SockaddrInet4).Port)
	for {
		c, _, err := listener.Accept(context.Background(), 0)
		if err != nil {
			log.Fatal(err)
		}
		go echo(c)
	}
}

func echo(c *socket.Conn) {
	defer c.Close()
	if err := c.SetsockoptInt(unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return
	}
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.Read(buffer)
		if err != nil || n == 0 {
			return
		}
		if _, err := c.Write(buffer[:n]); err != nil {
			return
		}
	}
}
