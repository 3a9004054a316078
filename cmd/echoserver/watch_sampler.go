//go:build unix

package main

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"example.com/berkeley/sock"
)

const (
	samplePeriod = 500 * time.Millisecond
	linger       = 5 * time.Second // how long the sampler goes on without viewers, who may follow a link from page to page
	sampleShare  = 100             // a sample is followed by a pause of this many times its cost: at most 1 % of a core
	chartPoints  = 120             // a minute
)

// sampler looks at the sockets and counters while there are viewers, once for all of them.
type sampler struct {
	server *server
	began  time.Time // times on the page count from here

	mu      sync.Mutex
	viewers int
	running bool
	watched time.Duration // when there last was a viewer
	latest  *sample       // nil before the first sample
	changed chan struct{} // closed when latest is replaced

	lives    lives // of the sampling goroutine, except for find
	follower *follower
}

// sample is what the sampler saw at one time. Nothing changes it afterwards.
type sample struct {
	at          time.Duration
	listeners   []listenerView
	connections []connectionView
	clients     int // connections that have a descriptor; by the counters where the kernel doesn't list them
	problem     string
	charts      charts
}

// charts are the last points of each chart, the newest last.
type charts struct {
	Clients  []float64 `json:"clients"`
	Accepted []float64 `json:"accepted"`
	Received []float64 `json:"received"`
	Sent     []float64 `json:"sent"`
}

// totals are sums over all listeners.
type totals struct{ active, accepted, received, sent int64 }

func newSampler(s *server, f *follower) *sampler {
	return &sampler{server: s, began: time.Now(), changed: make(chan struct{}), lives: newLives(), follower: f}
}

// join keeps the sampler running until leave.
func (p *sampler) join() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.viewers++
	if !p.running {
		p.running, p.watched = true, p.now()
		go p.run()
	}
}

func (p *sampler) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.viewers--
}

// current returns the last sample, nil before the first, and a channel that is closed at the next one.
func (p *sampler) current() (latest *sample, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.changed
}

// run takes samples until there are no more viewers or the server stops. A panic in it
// ends the page and not the server.
func (p *sampler) run() {
	defer func() {
		if fault := recover(); fault != nil {
			p.server.log.Error("the watch page takes no more samples", slog.Any("err", fault))
		}
	}()
	var k *kernel // nil until it can be opened
	defer sock.Untraced(func() {
		if k != nil {
			k.close()
		}
	})
	var history charts
	last, lastAt := p.totals(), p.now()
	p.lives.reset()
	p.follower.reset()
	for {
		var next *sample
		spent := processorTime(func() {
			sock.Untraced(func() {
				var err error
				if k == nil {
					k, err = openKernel()
				}
				next = p.take(k, err)
			})
		})
		now := p.totals()
		history.add(last, now, next.at-lastAt)
		last, lastAt = now, next.at
		next.charts = history.copied()
		if !p.publish(next) {
			return
		}
		select {
		case <-time.After(max(samplePeriod, sampleShare*spent)):
		case <-p.server.stop.Done():
			// The last sample shows that the server is draining.
		}
	}
}

// publish makes a sample the latest. It returns false if the sampler should end.
func (p *sampler) publish(next *sample) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.latest, p.changed = next, make(chan struct{})
	if p.viewers > 0 {
		p.watched = next.at
	}
	if p.running = next.at-p.watched < linger && !p.server.stopping(); !p.running && p.viewers == 0 {
		p.latest = nil
	}
	return p.running
}

func (p *sampler) now() time.Duration { return time.Since(p.began) }

// take takes a sample.
func (p *sampler) take(k *kernel, err error) *sample {
	s := &sample{at: p.now()}
	listeners := map[*listener]*listenerView{}
	s.listeners = make([]listenerView, len(p.server.listeners))
	for i, l := range p.server.listeners {
		s.listeners[i] = newListenerView(l)
		listeners[l] = &s.listeners[i]
	}
	p.lives.begin(s.at)
	if err == nil {
		err = k.list(p.server.listeners, false, func(o *observation) {
			if o.end == listening {
				listeners[o.listener].observe(o)
			} else {
				p.lives.observe(o)
			}
		})
	}
	s.connections, s.clients = p.lives.end()
	if err != nil {
		s.problem, s.clients = err.Error(), int(p.totals().active)
	}
	p.follower.collect(p.lives.find)
	return s
}

// totals reads the counters.
func (p *sampler) totals() (t totals) {
	for _, l := range p.server.listeners {
		t.active += l.counters.active.Load()
		t.accepted += l.counters.accepted.Load()
		t.received += l.counters.received.Load()
		t.sent += l.counters.sent.Load()
	}
	return t
}

// add appends a point to each chart. The first sample has no rates yet.
func (c *charts) add(last, now totals, passed time.Duration) {
	rate := func(from, to int64) float64 {
		return max(0, float64(to-from)/max(passed.Seconds(), samplePeriod.Seconds()/2))
	}
	push(&c.Clients, float64(now.active))
	push(&c.Accepted, rate(last.accepted, now.accepted))
	push(&c.Received, rate(last.received, now.received))
	push(&c.Sent, rate(last.sent, now.sent))
}

func push(points *[]float64, v float64) {
	*points = append(*points, v)
	if extra := len(*points) - chartPoints; extra > 0 {
		*points = (*points)[extra:]
	}
}

// copied returns a copy for a sample, which later points do not change.
func (c *charts) copied() charts {
	keep := func(points []float64) []float64 { return append([]float64(nil), points...) }
	return charts{keep(c.Clients), keep(c.Accepted), keep(c.Received), keep(c.Sent)}
}

// sentence describes the number of sockets: a server has one per client, and those that it listens on.
func (s *sample) sentence() string {
	datagrams := 0
	for _, l := range s.listeners {
		if l.Datagram {
			datagrams++
		}
	}
	var parts []string
	if n := len(s.listeners) - datagrams; n > 0 {
		parts = append(parts, count(n, "listener"))
	}
	if datagrams > 0 {
		parts = append(parts, count(datagrams, "socket")+" for datagrams")
	}
	if s.clients > 0 {
		parts = append(parts, "one for each client")
	}
	return fmt.Sprintf("%s, %s: %s", count(s.clients, "client"), count(s.clients+len(s.listeners), "socket"), strings.Join(parts, " and "))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
