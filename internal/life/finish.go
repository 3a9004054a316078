package life

import "time"

// finish makes a run of what a Recorder has: it leaves out the sockets that were of no use, adds the packets, those of
// capture if there is one, and sorts it all by time.
func (r *Run) finish(capture *Capture, began time.Time) {
	for _, e := range r.Events {
		if e.Call != nil {
			e.Call.Side = r.Sockets[e.Call.Socket].Side // which may have become known after the call
		}
	}
	r.leaveOut()
	if capture != nil {
		r.AddPackets(capture.Packets(), began)
		capture.Close()
	}
	r.order()
	r.Infer(capture != nil)
}

// leaveOut drops the events of sockets that were of no use, as long as others were.
func (r *Run) leaveOut() {
	idle := r.idle()
	if len(idle) == len(r.Sockets) {
		return
	}
	var kept []Event
	for _, e := range r.Events {
		var states []State
		for _, s := range e.States {
			if !idle[s.Socket] {
				states = append(states, s)
			}
		}
		e.States = states
		if e.Call != nil && !idle[e.Call.Socket] || len(e.States) > 0 {
			kept = append(kept, e)
		}
	}
	r.Events = kept
}

// idle are the sockets that were closed without having been of use, as looking up addresses does, and their peers.
func (r *Run) idle() map[int]bool {
	closed, used := map[int]bool{}, map[int]bool{}
	for _, e := range r.Events {
		if c := e.Call; c != nil {
			closed[c.Socket] = closed[c.Socket] || c.Name == "close"
			used[c.Socket] = used[c.Socket] || uses(c.Name, r.Sockets[c.Socket].Kind)
		}
	}
	idle := map[int]bool{}
	for i := range r.Sockets {
		if closed[i] && !used[i] {
			idle[i] = true
			if peer := r.peer(i); peer != NoSocket && !used[peer] {
				idle[peer] = true
			}
		}
	}
	return idle
}
