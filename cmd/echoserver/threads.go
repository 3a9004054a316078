//go:build unix

package main

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

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
	started atomic.Int64  // the most that were in use at once: Go's runtime keeps a thread that is no longer used
	limited bool          // by control groups, which other processes may be in
	buffers *buffers
	clients sync.WaitGroup
	warn    sync.Once
}

func newWorkers(s *server, limit int) *workers {
	return &workers{server: s, slots: make(chan struct{}, limit), limited: spareInGroups() < math.MaxInt, buffers: s.newBuffers()}
}

// run serves the clients of each acceptor's listeners until the server must stop and the last client is served.
func (w *workers) run(acceptors [][]*listener) error {
	w.started.Store(int64(len(acceptors))) // each may always have one
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
	default:
		w.warnBusy()
		select {
		case w.slots <- struct{}{}:
		case <-w.server.stop.Done():
			return false
		}
	}
	if !w.awaitThread(w.server.stop.Done()) {
		<-w.slots
		return false
	}
	return true
}

// awaitThread waits until a slot that was taken has a thread: one that a client no longer uses, or a new one. Other processes may
// have taken those that a control group allowed at the start. It returns false if done is closed.
func (w *workers) awaitThread(done <-chan struct{}) bool {
	for w.limited {
		inUse, started := int64(len(w.slots)), w.started.Load()
		switch {
		case inUse <= started, mayHave(int(inUse)) && w.started.CompareAndSwap(started, inUse):
			return true
		}
		w.warnBusy()
		select {
		case <-time.After(minPause):
		case <-done:
			return false
		}
	}
	return true
}

// warnBusy logs once that clients wait. With one slot, for the engine iterative, they always do.
func (w *workers) warnBusy() {
	if cap(w.slots) > 1 {
		w.warn.Do(func() { w.server.log.Warn("all threads are busy: clients wait in the queue", "threads", len(w.slots)) })
	}
}

// start serves a client on a new goroutine, which first waits for a slot unless it is given one.
func (w *workers) start(c *client, hasSlot bool) {
	w.clients.Go(func() {
		if !hasSlot {
			w.slots <- struct{}{}
			w.awaitThread(nil)
		}
		w.server.finish(c, w.server.converse(c, poller{c.fd}, w.buffers))
		<-w.slots
	})
}
