//go:build unix

package main

import (
	"sync"
	"time"
)

// maxThreads is how many clients are served at once at most. Each holds a thread in a blocking call, and Go kills a process
// that has 10,000 of them.
const maxThreads = 4096

// threads serves each client with a goroutine that blocks in system calls, and so with an OS thread of its own.
func threads(s *server) (serve func() error, err error) {
	return func() error { return serveWithThreads(s) }, nil
}

func serveWithThreads(s *server) error {
	most := max(min(maxThreads, spareThreads()), len(s.listeners))
	slots := make(chan struct{}, most)
	var clients sync.WaitGroup
	var warn sync.Once
	start := func(c *client) {
		clients.Go(func() {
			s.converse(c, make([]byte, s.bufferSize(c.listener)))
			<-slots
		})
	}
	// takeSlot keeps the listener's goroutine waiting while every thread is busy, and new clients in the listener's queue.
	takeSlot := func() {
		select {
		case slots <- struct{}{}:
		default:
			warn.Do(func() { s.log.Warn("all threads are busy: clients wait in the queue", "threads", most) })
			slots <- struct{}{}
		}
	}
	ended := make(chan error)
	for _, l := range s.listeners {
		a := &acceptor{server: s, listeners: []*listener{l}, makeRoom: func() { time.Sleep(pause) }}
		a.serve = func(c *client, _ bool) {
			start(c)
			takeSlot()
		}
		go func() {
			takeSlot()
			ended <- a.run()
		}()
	}
	for range s.listeners {
		if err := <-ended; err != nil {
			return err
		}
	}
	clients.Wait()
	return nil
}
