//go:build unix

package main

import "sync"

// maxThreads is the largest number of clients that are served at once. Each holds a thread in a blocking call, and Go kills a
// process that has 10,000 of them.
const maxThreads = 4096

// threads serves each client with a goroutine that blocks in system calls, and so occupies an OS thread. Each listener
// has an acceptor.
func threads(s *server) (serve func() error, err error) {
	return func() error {
		var acceptors [][]*listener
		for _, l := range s.listeners {
			acceptors = append(acceptors, []*listener{l})
		}
		return newWorkers(s, max(min(maxThreads, spareThreads()), len(acceptors))).run(acceptors)
	}, nil
}

// workers serves clients on threads, a limited number at a time.
type workers struct {
	server  *server
	slots   chan struct{} // has an element for each thread in use
	buffers *buffers
	clients sync.WaitGroup
	warn    sync.Once
}

func newWorkers(s *server, limit int) *workers {
	return &workers{server: s, slots: make(chan struct{}, limit), buffers: s.newBuffers()}
}

// run serves the clients of each acceptor's listeners until the server must stop and the last client is served.
func (w *workers) run(acceptors [][]*listener) error {
	ended := make(chan error)
	for _, listeners := range acceptors {
		go func() { ended <- w.accept(listeners) }()
	}
	for range acceptors {
		if err := <-ended; err != nil {
			return err
		}
	}
	w.clients.Wait()
	return nil
}

// accept takes a slot before it accepts a client, so that clients wait in the listener's queue while every thread is busy.
func (w *workers) accept(listeners []*listener) error {
	slot := w.takeSlot()
	a := &acceptor{server: w.server, listeners: listeners}
	a.serve = func(c *client) {
		w.start(c, slot)
		slot = w.takeSlot()
	}
	err := a.run()
	if slot {
		<-w.slots
	}
	return err
}

// takeSlot waits for a slot, unless the server must stop: then the queues are emptied at once, and each client waits
// for a slot. The acceptor leaves the slots to them: with -max-conns it waits for their end.
func (w *workers) takeSlot() bool {
	if w.server.stopping() {
		return false
	}
	select {
	case w.slots <- struct{}{}:
		return true
	default:
	}
	if cap(w.slots) > 1 {
		w.warn.Do(func() { w.server.log.Warn("all threads are busy: clients wait in the queue", "threads", cap(w.slots)) })
	}
	select {
	case w.slots <- struct{}{}:
		return true
	case <-w.server.stop.Done():
		return false
	}
}

// start serves a client on a new goroutine, which first waits for a slot unless it is given one.
func (w *workers) start(c *client, hasSlot bool) {
	w.clients.Go(func() {
		if !hasSlot {
			w.slots <- struct{}{}
		}
		w.server.finish(c, w.server.converse(c, poller{c.fd}, w.buffers))
		<-w.slots
	})
}
