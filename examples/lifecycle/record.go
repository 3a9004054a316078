//go:build linux

package main

import (
	"cmp"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"example.com/berkeley/sock"
)

// side is where a call is made: a column of the picture.
type side int

const (
	server side = iota
	client
)

func (s side) other() side { return 1 - s }

// step is one call, or the beginning of one that has to wait.
type step struct {
	at     time.Duration // since the run began
	actor  *actor
	socket *socket
	call   string // its C name
	args   []any
	waits  bool // it begins here, and waits
	n      int  // what it returned, if it counts: a count or a descriptor
	counts bool
	peer   sock.Sockaddr // where bytes went, or came from
	err    error
	states []sighting // of this socket, and of those whose state is another than a step before
}

// sighting is the state in which the kernel had a socket after a step.
type sighting struct {
	socket  *socket
	fd      int // noFd before accept and after close
	state   string
	changed bool
	resent  int // how many SYNs went out again before the connection was there
}

const noFd = -1

// recorder has what happened in a run.
type recorder struct {
	began   time.Time
	steps   []*step
	sockets []*socket
	actors  []*actor
	service sock.Sockaddr // the server's name, for its clients
}

// actor is a thread of a scenario. After each call it pauses, and the recorder tells who goes on: a run has one order,
// the same each time. A call that would wait is made when poll(2) says that it won't.
type actor struct {
	*recorder
	side    side
	resume  func() (struct{}, bool)
	pause   func(struct{}) bool
	waiting *socket // nil: for none
	events  int16   // of poll(2), that it waits for
	idle    bool    // it has something else to do until nobody else can go on
	turn    int     // the step at which it went on last
	ended   bool
}

// record runs a scenario. Sockets that it leaves open end with the program.
func record(s scenario) *recorder {
	r := &recorder{began: time.Now()}
	r.spawn(server, s.server)
	for _, play := range s.clients {
		r.spawn(client, play)
	}
	for a := r.next(); a != nil; a = r.next() {
		a.turn = len(r.steps)
		if _, more := a.resume(); !more {
			a.ended = true
		}
	}
	return r
}

func (r *recorder) spawn(side side, play func(a *actor)) {
	a := &actor{recorder: r, side: side}
	a.resume, _ = iter.Pull(func(yield func(struct{}) bool) {
		a.pause = yield
		play(a)
	})
	r.actors = append(r.actors, a)
}

// next is who goes on: the server's threads before the clients, and who is at it before the others. If nobody can, it is
// who has been idle longest. It is nil when all have ended.
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
		a.add(&step{socket: s, call: call, args: args, waits: true})
		a.pause(struct{}{})
	}
	a.waiting = nil
}

// do makes a call, and records it.
func (a *actor) do(s *socket, call string, f func(st *step), args ...any) *step {
	st := &step{socket: s, call: call, args: args}
	if s != nil {
		st.peer = s.remote
	}
	f(st)
	a.add(st)
	a.pause(struct{}{})
	return st
}

// add appends a step, with the states after it.
func (a *actor) add(st *step) {
	st.at, st.actor = time.Since(a.began), a
	a.steps = append(a.steps, st)
	a.arrive(st)
	st.states = a.look(st.socket)
}

// arrivalTime is how long what a call has sent may be under way on loopback, in milliseconds.
const arrivalTime = 5

// arrive lets what a call has sent arrive, if somebody waits for it.
func (r *recorder) arrive(st *step) {
	for _, a := range r.actors {
		if a.waiting != nil && st.sendsTo(a.waiting) {
			ready(arrivalTime, a)
		}
	}
}

// sendsTo tells whether a step sends something that the waiting socket s gets.
func (st *step) sendsTo(s *socket) bool {
	switch {
	case s.local != st.peer:
		return false
	case st.call == "connect":
		return s.typ == sock.SOCK_STREAM && s.remote.IsZero()
	case st.call == "send" || st.call == "sendto" || st.call == "shutdown" || st.call == "close":
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
