//go:build unix

package main

import (
	"slices"
	"sync"
	"sync/atomic"

	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

// Limits of what is recorded of connections that a viewer looks at.
const (
	maxRecordings  = 2 * maxViewers
	callsPerSample = 2000 // calls of the whole server that are traced between two samples: under 1 % of a core
)

// follower records the calls and packets of the connections that viewers look at, and otherwise nothing. The
// tracer of package sock reports the calls in the goroutines that serve clients, which neither wait for a
// viewer nor share a lock with one.
type follower struct {
	traced atomic.Pointer[map[int]*recording] // by descriptor
	budget atomic.Int32
	calls  chan tracedCall

	mu         sync.Mutex
	recordings []*recording // the most recently viewed is the last
}

func newFollower() *follower { return &follower{calls: make(chan tracedCall, callsPerSample)} }

// join starts or continues to record a connection, until leave.
func (f *follower) join(v *clientView) {
	var capture *life.Capture
	var because string
	sock.Untraced(func() { capture, because = openCapture(v) })
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.find(v.ID)
	if r == nil {
		r = &recording{id: v.ID, fd: noDescriptor}
		f.recordings = append(f.recordings, r)
	}
	f.recordings = append(slices.DeleteFunc(f.recordings, func(other *recording) bool { return other == r }), r)
	f.forgetOld()
	r.viewers++
	switch {
	case r.capture == nil:
		r.capture, r.because, r.captures = capture, because, r.captures || capture != nil
	case capture != nil:
		sock.Untraced(func() { capture.Close() }) // another viewer has one
	}
	r.search(v.inode)
	f.update()
}

func (f *follower) leave(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.find(id)
	if r.viewers--; r.viewers > 0 {
		return
	}
	if r.capture != nil {
		sock.Untraced(r.endCapture)
	}
	f.update()
}

// reset removes the recordings of an earlier run of the sampler, whose connection numbers are no longer valid.
func (f *follower) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recordings = slices.DeleteFunc(f.recordings, func(r *recording) bool { return r.viewers == 0 })
}

func (f *follower) find(id string) *recording {
	for _, r := range f.recordings {
		if r.id == id {
			return r
		}
	}
	return nil
}

// forgetOld removes a recording that no viewer looks at, to make room for another: there are more places than viewers.
func (f *follower) forgetOld() {
	if len(f.recordings) <= maxRecordings {
		return
	}
	if i := slices.IndexFunc(f.recordings, func(r *recording) bool { return r.viewers == 0 }); i >= 0 {
		f.recordings = slices.Delete(f.recordings, i, i+1)
	}
}

// update tells the tracer the descriptors of the connections that viewers look at.
func (f *follower) update() {
	traced := map[int]*recording{}
	for _, r := range f.recordings {
		if r.viewers > 0 && r.fd != noDescriptor && !r.closed.Load() {
			traced[r.fd] = r
		}
	}
	f.traced.Store(&traced)
	if len(traced) == 0 {
		sock.SetTracer(nil)
		return
	}
	f.budget.Store(callsPerSample)
	sock.SetTracer(f.trace)
}

// follows reports whether a viewer looks at a client. A nil watcher has no viewers.
func (w *watcher) follows(c *client) bool {
	if w == nil {
		return false
	}
	traced := w.follower.traced.Load()
	return traced != nil && (*traced)[int(c.fd)] != nil
}

// trace is called after each call of package sock. It turns itself off if there are too many.
func (f *follower) trace(c sock.Call) {
	if f.budget.Add(-1) < 0 {
		sock.SetTracer(nil)
		return
	}
	traced := *f.traced.Load()
	r := traced[c.FD]
	if r == nil && c.Name == "splice" {
		r = traced[life.SpliceTarget(c)]
	}
	if r == nil || !r.has(c) {
		return
	}
	select {
	case f.calls <- tracedCall{r, c}:
	default:
	}
}

// collect adds the calls and packets since the last sample to the recordings. Only the sampler calls it.
func (f *follower) collect(find func(id string) (clientView, bool)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.recordings) == 0 {
		return
	}
	overrun := f.budget.Load() < 0
	f.drain()
	for _, r := range f.recordings {
		if r.viewers == 0 {
			continue
		}
		r.gaps = r.gaps || overrun
		if r.capture != nil {
			r.packets.add(r.capture.Take()...)
		}
		if v, found := find(r.id); found {
			r.search(v.inode)
		}
	}
	f.update()
}

// drain removes and returns the traced calls.
func (f *follower) drain() {
	for range callsPerSample {
		select {
		case t := <-f.calls:
			if call, ok := life.NewCall(t.call, t.recording.fd, serverSocket, life.Server); ok {
				t.recording.calls.add(timedCall{t.call.Begin, call})
			}
		default:
			return
		}
	}
}
