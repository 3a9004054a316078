package main

import (
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
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
			waitFor(t, l.fd, sock.POLLIN)
			if more, _ := r.answer(l); !more {
				t.Fatal("answer received no datagram")
			}
			waitFor(t, l.fd, sock.POLLERR)
			name, err := sock.Getsockname(client)
			if err != nil {
				t.Fatal(err)
			}
			r.add(l, &name, []byte("Hello"), nil)
			r.send(l)
			waitFor(t, client, sock.POLLIN)
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

// waitFor waits until poll(2) reports an event of a socket.
func waitFor(t *testing.T, fd int, event int16) {
	t.Helper()
	fds := []sock.Pollfd{{Fd: int32(fd), Events: event}}
	timeout := int(cmdtest.Patience / time.Millisecond)
	if n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, timeout) }); n != 1 || err != nil {
		t.Fatalf("Poll for %#x = %d, %v; want 1", event, n, err)
	}
}
