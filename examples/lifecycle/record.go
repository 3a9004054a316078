//go:build linux

package main

import (
	"cmp"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

// The two sides of the picture.
const (
	server = life.Server
	client = life.Client
)

// step is a call that has been made, or begun.
type step struct {
	*life.Call
	socket *socket
	peer   sock.Sockaddr // where bytes went, or came from
	err    error
	after  func() // what else to do once the call is made, before anyone makes another one
}

// recorder has what happened in a run.
type recorder struct {
	began   time.Time
	run     life.Run
	asker   *life.Asker
	capture *life.Capture // nil: none
	sockets []*socket
	actors  []*actor
	service sock.Sockaddr // the server's name, for its clients
}

// actor is a thread of a scenario. After each call it pauses, and the recorder picks the one that runs next, so all runs have the
// same order. A call that would wait is made when poll(2) says that it won't.
type actor struct {
	*recorder
	side    life.Side
	number  int
	resume  func() (struct{}, bool)
	pause   func(struct{}) bool
	waiting *socket // nil: for none
	events  int16   // of poll(2), that it waits for
	idle    bool    // it has something else to do until no other actor can run
	turn    int     // the event at which it ran last
	ended   bool
}

// record runs a scenario. Sockets that it leaves open end with the program. Packets come from capture, if that isn't nil.
func record(s scenario, capture *life.Capture) *life.Run {
	r := &recorder{began: time.Now(), asker: life.NewAsker(), capture: capture, run: life.Run{Name: s.name, Title: s.title}}
	defer r.asker.Close()
	r.spawn(server, s.server)
	for _, play := range s.clients {
		r.spawn(client, play)
	}
	for a := r.next(); a != nil; a = r.next() {
		a.turn = len(r.run.Events)
		if _, more := a.resume(); !more {
			a.ended = true
		}
		if capture != nil {
			capture.Drain() // the kernel may not note the time of packets yet
		}
	}
	for _, s := range r.sockets {
		r.run.Sockets = append(r.run.Sockets, life.Socket{Side: s.side, Kind: s.kind(), Local: s.local.String(), Remote: s.remote.String()})
	}
	if capture != nil {
		r.run.AddPackets(capture.Packets(), r.began)
	}
	r.run.Infer(capture != nil)
	return &r.run
}

func (r *recorder) spawn(side life.Side, play func(a *actor)) {
	a := &actor{recorder: r, side: side, number: len(r.actors)}
	a.resume, _ = iter.Pull(func(yield func(struct{}) bool) {
		a.pause = yield
		play(a)
	})
	r.actors = append(r.actors, a)
}

// next returns the actor that runs next: the server's threads before the clients, and the one that ran last before the others. If
// none can run, it returns the actor that has been idle longest. It returns nil when all have ended.
func (r *recorder) next() *actor {
	slices.SortStableFunc(r.actors, func(a, b *actor) int { return cmp.Or(cmp.Compare(a.side, b.side), cmp.Compare(b.turn, a.turn)) })
	var waiting, idle []*actor
	for _, a := range r.actors {
		switch {
		case a.ended:
		case a.idle:
			idle = append(idle, a)
		case a.waiting == nil || ready(0, a):
			return a
		default:
			waiting = append(waiting, a)
		}
	}
	if len(idle) > 0 {
		return slices.MinFunc(idle, func(a, b *actor) int { return cmp.Compare(a.turn, b.turn) })
	}
	if len(waiting) == 0 {
		return nil
	}
	ready(-1, waiting...)
	return r.next()
}

// ready tells whether what one of the actors waits for is there, or comes within msec.
func ready(msec int, actors ...*actor) bool {
	var fds []sock.Pollfd
	for _, a := range actors {
		fds = append(fds, sock.Pollfd{Fd: int32(a.waiting.fd), Events: a.events})
	}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, msec) })
	check("poll", err)
	return n > 0
}

// await returns when a call can go on; if that takes waiting, it is a step of its own.
func (a *actor) await(s *socket, events int16, call string, args ...any) {
	a.waiting, a.events = s, events
	if !ready(0, a) {
		st := a.step(s, call, args)
		st.Waits = true
		a.add(st, time.Since(a.began))
		a.pause(struct{}{})
	}
	a.waiting = nil
}

// do makes a call, and records it. The call says what it returned.
func (a *actor) do(s *socket, call string, f func(st *step), args ...any) *step {
	st := a.step(s, call, args)
	if s != nil {
		st.peer = s.remote
	}
	began := time.Since(a.began)
	f(st)
	st.Took = time.Since(a.began) - began
	if st.after != nil {
		st.after()
	}
	if st.err != nil {
		st.Result, st.Failed, st.N = sock.ErrnoName(st.err), st.err != sock.EINPROGRESS, 0
	}
	a.add(st, began)
	a.pause(struct{}{})
	return st
}

func (a *actor) step(s *socket, call string, args []any) *step {
	st := &step{Call: &life.Call{Side: a.side, Thread: a.number, Name: call}, socket: s}
	st.takes(args...)
	return st
}

// takes sets the arguments of a call.
func (st *step) takes(args ...any) {
	st.Args = nil
	for _, arg := range args {
		st.Args = append(st.Args, fmt.Sprint(arg))
	}
}

// returns sets what a call returned: a count or a descriptor.
func (st *step) returns(n int) { st.N, st.Result = n, fmt.Sprintf("= %d", n) }

// add appends a step, with the states after it.
func (a *actor) add(st *step, at time.Duration) {
	st.Socket = slices.Index(a.sockets, st.socket)
	if st.peer != st.socket.remote {
		st.Peer = st.peer.String()
	}
	a.run.Events = append(a.run.Events, life.Event{At: at, Call: st.Call})
	a.arrive(st)
	at = time.Since(a.began)
	if states := a.look(st.socket); len(states) > 0 {
		a.run.Events = append(a.run.Events, life.Event{At: at, States: states})
	}
}

// arrivalTime is how long what a call has sent may be under way on loopback, in milliseconds.
const arrivalTime = 5

// arrive lets what a call has sent arrive.
func (r *recorder) arrive(st *step) {
	for _, s := range r.sockets {
		if s.fd != life.NoFD && s != st.socket && st.sendsTo(s) {
			readable := []sock.Pollfd{{Fd: int32(s.fd), Events: sock.POLLIN}}
			_, err := sock.Retry(func() (int, error) { return sock.Poll(readable, arrivalTime) })
			check("poll", err)
		}
	}
}

// sendsTo tells whether a step sends something that the socket s gets.
func (st *step) sendsTo(s *socket) bool {
	switch {
	case s.local != st.peer:
		return false
	case st.Name == "connect":
		return s.typ == sock.SOCK_STREAM && s.remote.IsZero()
	case st.Name == "send" || st.Name == "sendto" || st.Name == "shutdown" || st.Name == "close":
		return s.remote == st.socket.local || s.typ == sock.SOCK_DGRAM
	}
	return false
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
