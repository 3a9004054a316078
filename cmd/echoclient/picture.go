//go:build unix

package main

import (
	"cmp"
	"fmt"
	"sync"

	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

// pictured runs f, and draws the life of its sockets if -picture asks for that: of a load, of its first connections.
// The error of f comes first.
func (o *options) pictured(f func() error) error {
	if o.picture == "" {
		return f()
	}
	title := "a conversation of echoclient"
	if o.load {
		title = "the first connections of a load"
	}
	o.recorder = life.NewRecorder(title, life.Client)
	sock.SetTracer(o.recorder.Call)
	o.drawn = sync.OnceValue(func() error { return o.draw(o.recorder.Run()) })
	err := f()
	return cmp.Or(err, o.drawn())
}

// capture has the picture show the packets that go to a server with these addresses. Unix sockets send none.
func (o *options) capture(addrs []sock.Sockaddr) {
	if port := addrs[0].AddrPort().Port(); o.recorder != nil && port != 0 {
		o.recorder.Capture(port)
	}
}

func (o *options) draw(run *life.Run) error {
	draw, err := life.DrawingFor(o.picture)
	if err != nil {
		return fmt.Errorf("-picture: %w", err)
	}
	p, err := draw(run)
	if err != nil {
		return fmt.Errorf("-picture: %w", err)
	}
	return writeResult("-picture", o.picture, p)
}
