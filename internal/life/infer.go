package life

import "slices"

// Infer adds the packets that the calls must have sent, as far as they and the states tell: for all sockets if none were
// captured, else for those that no packet was captured of. Those are sockets whose kind sends no packets, and those of
// connections that were refused, which have lost their names.
func (r *Run) Infer(captured bool) {
	r.Inferred = !captured
	i := &inferrer{Run: r, captured: map[int]bool{}, ended: map[int]bool{}, states: map[int]State{}, waiting: map[int]bool{}}
	for _, e := range r.Events {
		if p := e.Packet; p != nil {
			i.captured[p.From], i.captured[p.To] = true, true
		}
	}
	for k, e := range r.Events {
		i.event(k, e)
	}
	r.Events = i.events
}

// inferrer knows what has happened so far.
type inferrer struct {
	*Run
	captured map[int]bool // sockets that packets were captured of
	events   []Event
	ended    map[int]bool  // sockets that have sent their last
	states   map[int]State // the last of each socket
	waiting  map[int]bool  // sockets whose SYN was dropped
}

func (i *inferrer) event(k int, e Event) {
	switch {
	case e.Call != nil && i.concerns(e.Call.Socket):
		if e.Call.accepts() && k+1 < len(i.Events) {
			i.sentAgain(e, i.Events[k+1].States) // what was just accepted was connected before
		}
		before, after := i.call(k, e.Call)
		i.add(e, before...)
		i.events = append(i.events, e)
		i.add(e, after)
		kind := i.Sockets[e.Call.Socket].Kind
		i.Inferred = i.Inferred || (kind == TCP || kind == UDP) && (len(before) > 0 || after != nil)
		return
	case e.States != nil:
		i.sentAgain(e, e.States)
		for _, s := range e.States {
			i.states[s.Socket] = s
		}
	}
	i.events = append(i.events, e)
}

// sentAgain adds, before event e, the SYNs of sockets that waited and are connected now.
func (i *inferrer) sentAgain(e Event, now []State) {
	for _, s := range now {
		if i.waiting[s.Socket] && s.State == "ESTABLISHED" {
			delete(i.waiting, s.Socket)
			i.add(e, &Packet{From: s.Socket, To: i.peer(s.Socket), Side: i.Sockets[s.Socket].Side, Kind: "SYN", Again: true})
		}
	}
}

func (i *inferrer) concerns(socket int) bool { return !i.captured[socket] }

func (i *inferrer) add(e Event, packets ...*Packet) {
	for _, p := range packets {
		if p != nil {
			i.events = append(i.events, Event{At: e.At, Packet: p})
		}
	}
}

// words are what a kind of socket says by opening a connection, and by ending it.
func words(kind Kind) (open, end string) {
	if kind == UnixStream {
		return "connect", "end"
	}
	return "SYN", "FIN"
}

// call is what a call received before it returned, and what it sent.
func (i *inferrer) call(k int, c *Call) (before []*Packet, after *Packet) {
	socket := i.Sockets[c.Socket]
	open, end := words(socket.Kind)
	sent := &Packet{From: c.Socket, To: i.peer(c.Socket), Side: socket.Side}
	switch {
	case c.Waits:
		return nil, nil
	case c.Name == "connect" && socket.Kind.stream() && (!c.Failed || c.Result == "EINPROGRESS"):
		sent.Kind = open
		if after, _ := i.after(k, c.Socket); socket.Kind == TCP && after.State == "SYN_SENT" {
			sent.Lost, i.waiting[c.Socket] = true, true
		}
		return nil, sent
	case c.sends() && !c.Failed:
		sent.Len = c.N
		if c.Peer != "" {
			sent.To = i.named(c.Peer)
		}
		return nil, sent
	case (c.Name == "shutdown" || c.Name == "close") && !c.Failed && socket.Kind.stream() && talks(i.states[c.Socket].State) && !i.ended[c.Socket]:
		i.ended[c.Socket] = true
		sent.Kind = end
		if c.Name == "close" && socket.Kind == TCP && i.resets(k, c.Socket) {
			sent.Kind = "RST"
		}
		return nil, sent
	case c.Result == "ECONNREFUSED":
		return i.refused(c), nil
	}
	if p := i.received(c); p != nil {
		before = append(before, p)
	}
	return before, nil
}

// refused is what a call received because no socket has the port that it sent to. A connect that waited for the answer sent
// its SYN before.
func (i *inferrer) refused(c *Call) (packets []*Packet) {
	socket := i.Sockets[c.Socket]
	answer := &Packet{From: NoSocket, To: c.Socket, Side: socket.Side.Other()}
	switch socket.Kind {
	case UDP:
		answer.Kind = "ICMP port unreachable"
	case TCP:
		answer.Kind = "RST"
		if c.Name == "connect" {
			packets = append(packets, &Packet{From: c.Socket, To: NoSocket, Side: socket.Side, Kind: "SYN"})
		}
	default:
		return nil
	}
	return append(packets, answer)
}

// peer is the socket at the other end, else one that has the name that it is connected to.
func (r *Run) peer(socket int) int {
	s, listening := r.Sockets[socket], r.listening()
	for i, o := range r.Sockets {
		if o.Side != s.Side && o.Kind == s.Kind && o.Local == s.Remote && o.Remote == s.Local && !listening[i] {
			return i
		}
	}
	return r.named(s.Remote)
}

// named is a socket that has a name: rather one that isn't connected.
func (r *Run) named(name string) int {
	found := NoSocket
	for i, o := range r.Sockets {
		if name != "" && o.Local == name && (found == NoSocket || o.Remote == "") {
			found = i
		}
	}
	return found
}

// after is a socket's state as it was seen first after event k.
func (r *Run) after(k, socket int) (s State, seen bool) {
	for _, e := range r.Events[k+1:] {
		if i := slices.IndexFunc(e.States, func(s State) bool { return s.Socket == socket }); i >= 0 {
			return e.States[i], true
		}
	}
	return s, false
}

// resets reports whether the close of event k broke the connection off: a FIN leaves a socket that waits for the answer,
// unless the peer's FIN was there before.
func (i *inferrer) resets(k, socket int) bool {
	before := i.states[socket]
	after, seen := i.after(k, socket)
	return seen && after.State == Gone && (before.State == "ESTABLISHED" || before.Unread > 0)
}

// received is what the call must have received, where the peer's calls aren't known.
func (i *inferrer) received(c *Call) *Packet {
	socket := i.Sockets[c.Socket]
	if i.hasCalls(socket.Side.Other()) || !c.receives() {
		return nil
	}
	p := &Packet{From: i.peer(c.Socket), To: c.Socket, Side: socket.Side.Other(), Len: c.N}
	_, end := words(socket.Kind)
	switch {
	case c.Result == "ECONNRESET":
		p.Kind = "RST"
	case c.Failed || c.N == 0 && !socket.Kind.stream():
		return nil
	case c.N == 0:
		p.Kind = end
	}
	return p
}

// hasCalls reports whether the calls of a side were recorded.
func (r *Run) hasCalls(side Side) bool {
	return slices.ContainsFunc(r.Events, func(e Event) bool { return e.Call != nil && e.Call.Side == side })
}
