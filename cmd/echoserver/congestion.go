//go:build unix

package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// calm is how long the queue must have been empty before a congestion counts as over: at its limit, a server of short
// conversations has a client in the queue from time to time.
const calm = time.Second

// congestion is a period in which clients have to wait in a listener's queue because the server can't accept them. The
// server logs when it begins and when it is over, and nothing in between.
type congestion struct {
	queued   atomic.Bool // whether clients wait now, as far as the server knows
	mu       sync.Mutex
	began    time.Time // zero while no client has to wait
	emptied  time.Time // when the queue was last seen empty
	over     *time.Timer
	shortage bool // whether descriptors or memory have run out
}

// congested records that a listener's clients have to wait, and why: the call that failed, and its error.
func (s *server) congested(l *listener, failed string, why error) {
	c := &l.congestion
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.queued.Swap(true) {
		s.queued.Add(1)
	}
	if isShortage(why) && !c.shortage {
		c.shortage = true
		s.shortage.listeners.Add(1)
	}
	if c.began.IsZero() {
		c.began = time.Now()
		s.log.Warn("clients wait in the queue", "listener", l.url, "err", failed, "connected", s.active.Load())
	}
}

// decongested records that none of a listener's clients waits any more.
func (s *server) decongested(l *listener) {
	c := &l.congestion
	if !c.queued.Swap(false) {
		return
	}
	s.queued.Add(-1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emptied = time.Now()
	if c.over == nil {
		c.over = time.AfterFunc(calm, func() { s.endCongestion(l) })
	} else {
		c.over.Reset(calm)
	}
}

// endCongestion ends a congestion, unless clients had to wait recently.
func (s *server) endCongestion(l *listener) {
	c := &l.congestion
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() || c.queued.Load() || time.Since(c.emptied) < calm {
		return
	}
	if c.shortage {
		s.shortage.listeners.Add(-1)
	}
	s.log.Info("no client waits in the queue any more", "listener", l.url,
		"lasted", c.emptied.Sub(c.began).String(), "connected", s.active.Load())
	c.began, c.shortage = time.Time{}, false
}
