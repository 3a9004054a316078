//go:build unix

package main

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	minPause        = 10 * time.Millisecond // the first wait after a failure, and the shortest
	maxPause        = time.Second           // the longest, if descriptors or memory have run out or a socket is broken
	maxRefusedPause = 10 * minPause         // the longest after any other error of accept(2)
)

// nextPause returns how long an acceptor waits after a failure, twice as long as after the last one, before it tries
// again even though this server gave nothing back: other processes may have. It returns 0 if only this server can end the
// wait.
func nextPause(last time.Duration, why error) time.Duration {
	switch {
	case why == errMaxConns, why == errMemory:
		return 0
	case isShortage(why):
		return min(max(2*last, minPause), maxPause)
	}
	return min(max(2*last, minPause), maxRefusedPause)
}

// places are how many clients may be connected at once, 0 for any number, and the error for one more.
type places struct {
	limit int64
	full  error
}

// keepTo lowers the limit.
func (p *places) keepTo(limit int64, full error) {
	if p.limit == 0 || limit < p.limit {
		*p = places{limit, full}
	}
}

// vacancies counts connections' places and descriptors that the server gave back and a waiting client may need. An
// acceptor reads the count before it tries to accept, and if that fails waits until the count has changed. The zero value
// is ready for use, by any goroutine.
type vacancies struct {
	count   atomic.Int64
	waiting atomic.Int32
	mu      sync.Mutex
	changed chan struct{} // closed at the next change, nil if no goroutine waits for it
}

// add counts one more, and wakes all waiters.
func (v *vacancies) add() {
	v.count.Add(1)
	if v.waiting.Load() == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changed != nil {
		close(v.changed)
		v.changed = nil
	}
}

// wait returns when the count differs from the one that the caller has seen, after the longest wait unless that is 0, or
// when done is closed.
func (v *vacancies) wait(seen int64, longest time.Duration, done <-chan struct{}) {
	v.waiting.Add(1)
	defer v.waiting.Add(-1)
	v.mu.Lock()
	if v.changed == nil {
		v.changed = make(chan struct{})
	}
	changed := v.changed
	v.mu.Unlock()
	if v.count.Load() != seen {
		return
	}
	var late <-chan time.Time
	if longest > 0 {
		timer := time.NewTimer(longest)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-changed:
	case <-late:
	case <-done:
	}
}
