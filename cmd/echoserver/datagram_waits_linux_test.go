package main

import (
	"io"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// A responder that waits for datagrams takes the end of a socket for an end, and nothing else: an empty datagram gets its answer.
func TestResponderWaits(t *testing.T) {
	for i, call := range receiveCalls {
		t.Run(call.name, func(t *testing.T) {
			r, l, client := udpResponder(t, &options{}, "127.0.0.1:0")
			r.receiveCall, r.waits = i, true
			r.admission.server.stop = newStop(t)
			if err := sock.SetNonblock(l.fd, false); err != nil {
				t.Fatal(err)
			}
			if _, err := sock.Send(client, nil, 0); err != nil {
				t.Fatal(err)
			}
			if more, pause := r.answer(l); !more || pause != 0 {
				t.Errorf("answer of an empty datagram = %t, %v; want true, 0s", more, pause)
			}
			socktest.Await(t, client, sock.POLLIN)
			sock.Shutdown(l.fd, sock.SHUT_RD)
			r.admission.server.stop.Set()
			if _, pause := r.answer(l); pause != 0 || l.dead.Load() {
				t.Errorf("answer when the server stops: pause = %v, dead = %t; want 0s, false", pause, l.dead.Load())
			}
			if n := l.counters.accepted.Load(); n != 1 {
				t.Errorf("%d datagrams were counted, want 1", n)
			}
		})
	}
}

// A socket that something else shuts down is given up.
func TestResponderShutDown(t *testing.T) {
	r, l, _ := udpResponder(t, &options{}, "127.0.0.1:0")
	s := r.admission.server
	s.stop, s.orphaned = newStop(t), make(chan struct{})
	s.serving.Store(1)
	r.waits = true
	sock.Shutdown(l.fd, sock.SHUT_RD)
	sock.SetNonblock(l.fd, false)
	if _, pause := r.answer(l); pause != 0 || !l.dead.Load() || l.counters.accepted.Load() != 0 {
		t.Errorf("answer: pause = %v, dead = %t, %d datagrams; want 0s, true, 0", pause, l.dead.Load(), l.counters.accepted.Load())
	}
}

// What comes with the end of a socket, or with something that looks like it, gets its answer.
func TestResponderEndsWithOthers(t *testing.T) {
	dir := t.TempDir()
	l := unixgramListener(t, dir)
	defer sock.Close(l.fd)
	s := &server{options: &options{}, log: newLogger(io.Discard, &options{}), listeners: []*listener{l}, stop: newStop(t)}
	nameless, named := unixgramSocket(t, ""), unixgramSocket(t, dir+"/client")
	defer sock.Close(nameless)
	defer sock.Close(named)
	for i, fd := range []int{nameless, named, named, named} {
		if _, err := sock.Sendto(fd, []byte("Hello")[:min(5, 5*i)], 0, l.addr); err != nil {
			t.Fatal(err)
		}
	}
	r := newResponder(s)
	r.waits = true
	sock.Shutdown(l.fd, sock.SHUT_RD)
	s.stop.Set()
	r.answer(l)
	if n := l.counters.sent.Load(); n != 15 {
		t.Errorf("%d bytes were sent, want 15", n)
	}
}
