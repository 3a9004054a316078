package main

import (
	"testing"

	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// A responder that waits for datagrams takes the end of a socket for an end, and nothing else: an empty datagram gets its answer.
func TestResponderWaits(t *testing.T) {
	for i, call := range receiveCalls {
		t.Run(call.name, func(t *testing.T) {
			r, l, client := udpResponder(t, &options{}, "127.0.0.1:0")
			r.receiveCall, r.waits = i, true
			var err error
			if r.admission.server.stop, err = fdutil.NewEvent(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.admission.server.stop.Close)
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
			if more, pause := r.answer(l); more || pause != 0 || l.dead.Load() {
				t.Errorf("answer when the server stops = %t, %v, dead = %t; want false, 0s, false", more, pause, l.dead.Load())
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
	var err error
	if s.stop, err = fdutil.NewEvent(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop.Close)
	s.orphaned = make(chan struct{})
	s.serving.Store(1)
	r.waits = true
	sock.Shutdown(l.fd, sock.SHUT_RD)
	sock.SetNonblock(l.fd, false)
	if more, _ := r.answer(l); more || !l.dead.Load() {
		t.Errorf("answer = %t, dead = %t; want false, true", more, l.dead.Load())
	}
}
