//go:build unix

package main

import (
	"math"
	"sync"
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
	limit   int
	limited bool          // by control groups, which other processes may be in: they may have taken the threads that were left
	free    chan struct{} // has an element for each place of a client that has ended: Go's runtime keeps its thread
	buffers *buffers
	clients sync.WaitGroup
	warn    sync.Once

	growing sync.Mutex
	places  int       // that were ever made
	first   int       // how many are made in any case
	allowed int       // how many control groups allowed when they were looked at
	looked  time.Time // when they were
}

func newWorkers(s *server, limit int) *workers {
	return &workers{server: s, limit: limit, limited: sparePids() < math.MaxInt, free: make(chan struct{}, limit), buffers: s.newBuffers()}
}

// run serves the clients of each acceptor's listeners until the server must stop and the last client is served.
func (w *workers) run(acceptors [][]*listener) error {
	w.first = len(acceptors) // each takes one before its first client comes
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

// accept takes a place before it accepts a client, so that clients wait in the listener's queue while every thread is busy.
func (w *workers) accept(listeners []*listener) error {
	has := w.takePlace(w.server.stop.Done())
	a := &acceptor{server: w.server, listeners: listeners}
	a.serve = func(c *client) {
		w.start(c, has)
		has = w.takePlace(w.server.stop.Done())
	}
	err := a.run()
	if has {
		w.free <- struct{}{}
	}
	return err
}

// takePlace waits for a place, unless stop is closed: then the queues are emptied at once, and each client waits for a place. The
// acceptor leaves the places to them: with -max-conns it waits for their end.
func (w *workers) takePlace(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return false
	default:
	}
	pause := minPause
	if stop == nil {
		pause = maxRefusedPause // there may be many that wait
	}
	for began := time.Now(); ; {
		select {
		case <-w.free:
			return true
		default:
		}
		grown, full := w.grow()
		if grown {
			return true
		}
		if full || time.Since(began) >= maxRefusedPause {
			w.warnBusy()
		}
		var again <-chan time.Time
		if !full {
			again = time.After(pause)
		}
		select {
		case <-w.free:
			return true
		case <-again:
			pause = min(2*pause, maxPause)
		case <-stop:
			return false
		}
	}
}

// grow makes one more place, if the system allows a thread for it. full means that it never will.
func (w *workers) grow() (grown, full bool) {
	w.growing.Lock()
	defer w.growing.Unlock()
	if w.places == w.limit {
		return false, true
	}
	if w.limited && w.places >= w.first {
		if time.Since(w.looked) >= minPause {
			w.looked, w.allowed = time.Now(), mayHave(w.places)
		}
		if w.places >= w.allowed {
			return false, false
		}
	}
	w.places++
	return true, false
}

// warnBusy logs once that further clients wait.
func (w *workers) warnBusy() {
	w.growing.Lock()
	defer w.growing.Unlock()
	w.warn.Do(func() {
		w.server.log.Warn("all threads are busy: further clients wait in the queue", "threads", w.places)
	})
}

// start serves a client on a new goroutine, which first waits for a place unless it is given one.
func (w *workers) start(c *client, hasPlace bool) {
	w.clients.Go(func() {
		if !hasPlace {
			w.takePlace(nil)
		}
		w.server.finish(c, w.server.converse(c, poller{c.fd}, w.buffers))
		w.free <- struct{}{}
	})
}
