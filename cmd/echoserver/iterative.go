//go:build unix

package main

import "time"

// iterative is the server of the textbooks: one thread, one client at a time.
func iterative(s *server) (serve func() error, err error) {
	buf := make([]byte, max(recordSize, s.buffer))
	var queue []*client
	serveQueue := func() {
		for _, c := range queue {
			s.converse(c, buf)
		}
		queue = nil
	}
	a := &acceptor{server: s, listeners: s.listeners}
	a.serve = func(c *client, draining bool) {
		queue = append(queue, c)
		// When draining, the listeners come first: new clients must not keep the server from its end.
		if !draining {
			serveQueue()
		}
	}
	a.makeRoom = func() {
		serveQueue()
		time.Sleep(pause)
	}
	return func() error {
		err := a.run()
		serveQueue()
		return err
	}, nil
}
