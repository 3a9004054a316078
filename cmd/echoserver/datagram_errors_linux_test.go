package main

import (
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// The ICMP error for an answer to a client that has gone doesn't cost another client its answer, although the kernel reports
// it to the next send.
func TestAnswerAfterError(t *testing.T) {
	for i, call := range sendCalls {
		t.Run(call.name, func(t *testing.T) {
			r, l, client := udpResponder(t, &options{}, "127.0.0.1:0")
			r.sendCall = i
			if err := sock.Setsockopt(l.fd, sock.IP_RECVERR, true); err != nil {
				t.Skip(err)
			}
			gone, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sock.Sendto(gone, []byte("gone"), 0, l.addr); err != nil {
				t.Fatal(err)
			}
			sock.Close(gone)
			socktest.Await(t, l.fd, sock.POLLIN)
			if more, _ := r.answer(l); !more {
				t.Fatal("answer received no datagram")
			}
			socktest.Await(t, l.fd, sock.POLLERR)
			name := socktest.Name(t, client)
			r.add(l, &name, []byte("Hello"), nil)
			r.send(l)
			socktest.Await(t, client, sock.POLLIN)
			p := make([]byte, 10)
			if n, err := sock.Recv(client, p, 0); string(p[:n]) != "Hello" || err != nil {
				t.Errorf("Recv = %q, %v; want Hello", p[:n], err)
			}
			if failed := l.counters.failed.Load(); failed != 0 {
				t.Errorf("%d answers failed, want 0", failed)
			}
		})
	}
}
