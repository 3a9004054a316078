//go:build unix

package main

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	maxMoments = 100  // of one connection
	maxEnded   = 1000 // ended connections that can still be looked up
	maxFar     = 5000 // connections with only the client's end left, such as those in TIME_WAIT
)

// moment is a change in a connection's life.
type moment struct {
	At    float64 `json:"at"`    // seconds on the page's clock
	State string  `json:"state"` // of the server's socket; "" if the kernel has none
	Far   string  `json:"far"`   // of the client's socket, if it is on this host

	HasDescriptor bool `json:"-"` // whether a descriptor refers to the server's socket
}

// connLife is what the sampler knows about one connection.
type connLife struct {
	connectionView
	id      string
	cookie  uint64
	inode   uint32 // of the server's socket, 0 without a descriptor
	moments []moment
	lastAt  time.Duration // of the last sample of the server's end
	near    bool          // whether this sample has the server's end
	far     bool
}

// lives holds all connections. One goroutine observes them; the lock is for find.
type lives struct {
	mu     sync.Mutex
	at     time.Duration
	first  bool // nothing was sampled before, so connections may be older
	byKey  map[connKey]*connLife
	byID   map[string]*connLife
	ended  []string
	far    int // connections with only the client's end
	number int
}

func newLives() lives { return lives{byKey: map[connKey]*connLife{}, byID: map[string]*connLife{}} }

// reset removes the connections of an earlier run.
func (s *lives) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byKey)
	clear(s.byID)
	s.ended, s.first, s.far = nil, true, 0
}

// begin starts a sample, and end ends it. In between, each socket is observed.
func (s *lives) begin(at time.Duration) {
	s.mu.Lock()
	s.at = at
	for _, l := range s.byKey {
		l.near, l.far = false, false
		l.Rate = 0
	}
}

func (s *lives) observe(o *observation) {
	l := s.byKey[o.key]
	if l != nil && o.end == nearEnd && l.cookie != 0 && l.cookie != o.cookie {
		s.over(o.key, l) // the client's port is reused
		l = nil
	}
	if l == nil {
		if o.end == farEnd {
			if s.far >= maxFar {
				return
			}
			s.far++
		}
		l = s.add(o)
	}
	if o.end == farEnd {
		l.far, l.Far, l.Timer, l.Expires = true, o.state, o.timer, o.expires.Seconds()
		return
	}
	l.near, l.cookie = true, o.cookie
	l.update(o, s.at)
}

// add begins a life.
func (s *lives) add(o *observation) *connLife {
	s.number++
	l := &connLife{id: fmt.Sprintf("%x", s.number), connectionView: newConnectionView(o)}
	l.ID = l.id
	l.Since, l.Older = s.at.Seconds(), s.first
	s.byKey[o.key] = l
	s.byID[l.id] = l
	return l
}

// end returns all connections, and how many of them have a descriptor. It drops those without a socket.
func (s *lives) end() (all []connectionView, clients int) {
	defer s.mu.Unlock()
	all = make([]connectionView, 0, len(s.byKey))
	s.far = 0
	multipath := map[uint32]bool{} // the sockets that have subflows
	for key, l := range s.byKey {
		l.settle(s.at)
		if !l.near && !l.far {
			s.over(key, l)
			continue
		}
		switch {
		case !l.near:
			s.far++
		case l.HasDescriptor && !multipath[l.inode]:
			clients++
			if l.Subflow {
				multipath[l.inode] = true
			}
		}
		all = append(all, l.connectionView)
	}
	s.first = false
	return all, clients
}

// over ends a life, which can still be looked up for a while.
func (s *lives) over(key connKey, l *connLife) {
	l.near, l.far = false, false
	l.settle(s.at)
	delete(s.byKey, key)
	s.ended = append(s.ended, l.id)
	if len(s.ended) > maxEnded {
		delete(s.byID, s.ended[0])
		s.ended = s.ended[1:]
	}
}

// settle records what has changed in this sample.
func (l *connLife) settle(at time.Duration) {
	if !l.near {
		l.State, l.Unread, l.Unacked, l.HasDescriptor = "", 0, 0, false
	}
	if !l.far {
		l.Far, l.Timer, l.Expires = "", "", 0
	}
	now := moment{at.Seconds(), l.State, l.Far, l.HasDescriptor}
	if n := len(l.moments); n > 0 && (n >= maxMoments || l.moments[n-1].same(now)) {
		return
	}
	l.moments = append(l.moments, now)
}

// same reports whether nothing changed between two moments.
func (m moment) same(other moment) bool { return m.State == other.State && m.Far == other.Far }

// clientView is the data on a client's page.
type clientView struct {
	connectionView
	Now     float64  `json:"now"`
	Over    bool     `json:"over"`
	Moments []moment `json:"moments"`

	Descriptor int     `json:"descriptor"` // noDescriptor if it is not known
	Holding    holding `json:"holding"`    // where the server holds bytes
	Recorded   int     `json:"recorded"`   // calls and packets, while a viewer looked

	inode uint32
}

// find returns a connection of this run, even if it has ended.
func (s *lives) find(id string) (v clientView, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.byID[id]
	if l == nil {
		return v, false
	}
	return clientView{
		connectionView: l.connectionView, Now: s.at.Seconds(), Over: !l.near && !l.far,
		Moments: slices.Clone(l.moments), Descriptor: noDescriptor, inode: l.inode,
	}, true
}
