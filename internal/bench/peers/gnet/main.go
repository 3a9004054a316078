//go:build linux

// Command gnet is an echo server on github.com/panjf2000/gnet.
package main

import (
	"fmt"
	"log"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
	"golang.org/x/sys/unix"
)

type server struct{ gnet.BuiltinEventEngine }

func main() {
	log.Fatal(gnet.Run(&server{}, "tcp://127.0.0.1:0", gnet.WithReadBufferCap(64<<10),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay), gnet.WithLogLevel(logging.WarnLevel)))
}

func (*server) OnBoot(engine gnet.Engine) gnet.Action {
	fd, err := engine.Dup()
	if err != nil {
		log.Fatal(err)
	}
	defer unix.Close(fd)
	addr, err := unix.Getsockname(fd)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on tcp://127.0.0.1:%d\n", addr.(*unix.SockaddrInet4).Port)
	return gnet.None
}

func (*server) OnTraffic(c gnet.Conn) gnet.Action {
	p, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	if _, err := c.Write(p); err != nil {
		return gnet.Close
	}
	return gnet.None
}
