//go:build unix

package main

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/berkeley/internal/life"
)

// The sockets of a client's drawing.
const (
	serverSocket = iota
	clientSocket
)

// States after which a socket has sent its FIN, and those after which it has received its peer's.
var (
	finSent     = []string{"FIN_WAIT1", "FIN_WAIT2", "CLOSING", "LAST_ACK", "TIME_WAIT"}
	finReceived = []string{"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"}
)

// drawing serves the life of a client's connection so far, as a picture or as text.
func (w *watcher) drawing(rw http.ResponseWriter, r *http.Request) {
	v, found := w.sampler.lives.find(r.PathValue("id"))
	if !found {
		http.NotFound(rw, r)
		return
	}
	e, _ := w.follower.excerpt(v.ID)
	run := w.run(&v, &e)
	if strings.HasSuffix(r.URL.Path, ".txt") {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Write([]byte(run.Text(false)))
		return
	}
	rw.Header().Set("Content-Type", "image/svg+xml")
	// The picture has its own styles, and nothing else.
	rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	rw.Write(run.SVG())
}

// run converts the connection's life for package life: its states, the calls and packets recorded while a viewer
// looked, and for the time before, the packets that the states imply.
func (w *watcher) run(v *clientView, e *excerpt) *life.Run {
	kind := kindOf(v.Listener)
	r := &life.Run{
		Title: "The life of " + v.Client,
		Sockets: []life.Socket{
			serverSocket: {Side: life.Server, Kind: kind, Local: v.Server, Remote: v.Client},
			clientSocket: {Side: life.Client, Kind: kind, Local: v.Client, Remote: v.Server},
		},
		Because: e.because,
		Remarks: []string{"Calls and packets are recorded while this client's page is open; states are looked at twice a second at most."},
	}
	if e.gaps {
		r.Remarks = append(r.Remarks, "Calls are missing: the server made too many to record them all.")
	}
	began := w.sampler.began.Add(seconds(v.Since))
	for _, c := range e.calls {
		r.Events = append(r.Events, life.Event{At: c.began.Sub(began), Call: c.Call})
	}
	fd := noDescriptor
	if len(e.calls) > 0 || e.fd > 0 {
		fd = e.fd
	}
	for i, m := range v.Moments {
		r.Events = append(r.Events, life.Event{At: seconds(m.At - v.Since), States: v.states(i, fd)})
	}
	slices.SortStableFunc(r.Events, func(a, b life.Event) int { return cmp.Compare(a.At, b.At) })
	if e.captures {
		r.AddPackets(e.packets, began)
	}
	r.Infer(e.captures)
	v.addDerived(r)
	return r
}

// kindOf returns the kind of socket that a listener accepts.
func kindOf(url string) life.Kind {
	network, _, _ := strings.Cut(url, "://")
	switch strings.TrimRight(network, "46") {
	case "tcp", "mptcp":
		return life.TCP
	case "unix", "unixpacket":
		return life.UnixStream
	}
	return life.Other
}

// addDerived adds the SYN and FIN segments that the states imply, unless they were captured.
func (v *clientView) addDerived(r *life.Run) {
	if kindOf(v.Listener) != life.TCP {
		return
	}
	var derived []life.Event
	add := func(m moment, from int, kind string) {
		p := &life.Packet{From: from, To: clientSocket - from, Side: r.Sockets[from].Side, Kind: kind}
		derived = append(derived, life.Event{At: seconds(m.At - v.Since), Packet: p})
	}
	if first := v.Moments[0]; !v.Older {
		add(first, clientSocket, "SYN")
		add(first, serverSocket, "SYN, ACK")
		add(first, clientSocket, "ACK")
	}
	ended := endsSeen(r)
	for _, m := range v.Moments {
		states := [2]string{m.State, m.Far}
		for _, side := range []int{clientSocket, serverSocket} {
			if !ended[side] && (slices.Contains(finSent, states[side]) || slices.Contains(finReceived, states[1-side])) {
				ended[side] = true
				add(m, side, "FIN")
			}
		}
	}
	if len(derived) > 0 {
		r.Remarks = append(r.Remarks, "SYN and FIN without numbers are worked out from the states.")
	}
	// The segment precedes the state that it causes.
	r.Events = append(derived, r.Events...)
	slices.SortStableFunc(r.Events, func(a, b life.Event) int { return cmp.Compare(a.At, b.At) })
}

// endsSeen reports which sides have a FIN or a reset among the packets.
func endsSeen(r *life.Run) (seen [2]bool) {
	for _, e := range r.Events {
		if p := e.Packet; p != nil && p.From >= 0 && (strings.Contains(p.Kind, "FIN") || strings.Contains(p.Kind, "RST")) {
			seen[p.From] = true
		}
	}
	return seen
}

// states returns the states that changed at a moment, of both sockets. fd is the descriptor of the server's socket.
func (v *clientView) states(i, fd int) (changed []life.State) {
	before := moment{}
	if i > 0 {
		before = v.Moments[i-1]
	}
	now := v.Moments[i]
	for socket, states := range [][2]string{{before.State, now.State}, {before.Far, now.Far}} {
		state := states[1]
		if state == states[0] {
			continue
		}
		s := life.State{Socket: socket, FD: life.NoFD, State: cmp.Or(state, life.Gone), Changed: true}
		if socket == serverSocket && now.HasDescriptor {
			s.FD = fd
		}
		changed = append(changed, s)
	}
	return changed
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
