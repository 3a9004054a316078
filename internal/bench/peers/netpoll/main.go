//go:build linux

// Command netpoll is an echo server on github.com/cloudwego/netpoll.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/cloudwego/netpoll"
)

func main() {
	listener, err := netpoll.CreateListener("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	loop, err := netpoll.NewEventLoop(echo)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on tcp://%s\n", listener.Addr())
	log.Fatal(loop.Serve(listener))
}

func echo(_ context.Context, c netpoll.Connection) error {
	reader, writer := c.Reader(), c.Writer()
	p, err := reader.Next(reader.Len())
	if err != nil {
		return err
	}
	if _, err := writer.WriteBinary(p); err != nil {
		return err
	}
	if err := writer.Flush(); err != nil { // before Release: it may send p itself
		return err
	}
	return reader.Release()
}
