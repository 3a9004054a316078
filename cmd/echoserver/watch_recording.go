//go:build unix

package main

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

// Limits of a recording.
const (
	recordedHead = 100 // how many of the first calls and packets are kept
	recordedTail = 200 // and how many of the last
	fdSearches   = 3   // attempts to find the descriptor of a connection
)

// recording is what happened on one connection while a viewer looked at it. The follower's lock guards it; only the
// tracer uses inode, fd and closed without the lock.
type recording struct {
	id       string
	inode    uint32
	fd       int
	closed   atomic.Bool // fd may belong to another socket by now
	searches int
	viewers  int
	calls    kept[timedCall]
	packets  kept[life.Captured]
	capture  *life.Capture
	captures bool   // packets are or were captured
	because  string // why they are not
	gaps     bool   // calls may be missing
}

// tracedCall is a call on the socket of a recording.
type tracedCall struct {
	*recording
	call sock.Call
}

// timedCall is a call for the drawing, without the client's bytes.
type timedCall struct {
	began time.Time
	*life.Call
}

// kept holds the first and the last of many.
type kept[T any] struct {
	all   []T
	count int // number of all that were added
}

func (k *kept[T]) add(items ...T) {
	k.count += len(items)
	k.all = append(k.all, items...)
	if extra := len(k.all) - recordedHead - recordedTail; extra > 0 {
		k.all = slices.Delete(k.all, recordedHead, recordedHead+extra)
	}
}

func (r *recording) endCapture() {
	r.packets.add(r.capture.Take()...)
	r.capture.Close()
	r.capture = nil
}

// has reports whether a call was made on the recording's socket, and not on another that now has its descriptor.
func (r *recording) has(c sock.Call) bool {
	if c.Name == "close" && c.Err == nil {
		return r.closed.CompareAndSwap(false, true)
	}
	return !r.closed.Load() && socketInode(r.fd) == r.inode
}

// search finds the recording's descriptor, if its socket has one.
func (r *recording) search(inode uint32) {
	if inode == 0 || r.fd != noDescriptor || r.searches >= fdSearches {
		return
	}
	r.searches++
	r.inode, r.fd = inode, descriptorWith(inode)
}

// excerpt is the recording of one connection, for a viewer.
type excerpt struct {
	fd       int
	count    int // number of calls and packets so far
	calls    []timedCall
	packets  []life.Captured
	captures bool   // packets are captured
	because  string // why they are not
	gaps     bool
}

// excerpt copies a recording; found is false if the connection has none.
func (f *follower) excerpt(id string) (e excerpt, found bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.find(id)
	if r == nil {
		return e, false
	}
	return excerpt{
		fd: r.fd, count: r.calls.count + r.packets.count, calls: slices.Clone(r.calls.all), packets: slices.Clone(r.packets.all),
		captures: r.captures, because: r.because, gaps: r.gaps,
	}, true
}

// openCapture starts to capture the packets of a connection. This is not possible if the connection has no ports.
func openCapture(v *clientView) (capture *life.Capture, because string) {
	client, err := netip.ParseAddrPort(v.Client)
	if err != nil {
		return nil, ""
	}
	server, err := netip.ParseAddrPort(v.Server)
	if err != nil {
		return nil, ""
	}
	if capture, err = life.NewCapture(client.Port()); err != nil {
		return nil, life.NoCapture(err)
	}
	capture.Keep(func(c life.Captured) bool {
		from, to := unmappedName(c.From), unmappedName(c.To)
		return from == client && to == server || from == server && to == client
	})
	return capture, ""
}

// unmappedName returns a name in the page's form.
func unmappedName(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
