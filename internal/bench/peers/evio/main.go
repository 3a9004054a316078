//go:build linux

// Command evio is an echo server on github.com/tidwall/evio. It has no way to set TCP_NODELAY.
package main

import (
	"fmt"
	"log"

	"github.com/tidwall/evio"
)

func main() {
	log.Fatal(evio.Serve(evio.Events{
		Serving: func(s evio.Server) evio.Action {
			fmt.Printf("listening on tcp://%s\n", s.Addrs[0])
			return evio.None
		},
		Opened: func(evio.Conn) ([]byte, evio.Options, evio.Action) {
			return nil, evio.Options{ReuseInputBuffer: true}, evio.None
		},
		Data: func(_ evio.Conn, in []byte) ([]byte, evio.Action) { return in, evio.None },
	}, "tcp://127.0.0.1:0"))
}
