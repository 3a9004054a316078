//go:build unix

package socktest

import (
	"bytes"
	"testing"

	"example.com/berkeley/sock"
)

// Large exceeds what a socket's buffers hold.
var Large = bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)

// Await waits for events on fd, so that the same test works on blocking and non-blocking sockets.
func Await(t testing.TB, fd int, events int16) {
	t.Helper()
	fds := []sock.Pollfd{{Fd: int32(fd), Events: events}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 5000) })
	if n != 1 || err != nil || fds[0].Revents&events == 0 {
		t.Fatalf("Poll for events %#x = %d, %v, revents %#x; want 1 and one of the events", events, n, err, fds[0].Revents)
	}
}

// Send sends a text that fits into the socket's buffer.
func Send(t testing.TB, fd int, s string) {
	t.Helper()
	if n, err := sock.Send(fd, []byte(s), 0); n != len(s) || err != nil {
		t.Fatalf("Send = %d, %v; want %d", n, err, len(s))
	}
}

// Receive checks what the next Recv into a buffer of size bytes returns.
func Receive(t testing.TB, fd, size, flags int, want string) {
	t.Helper()
	Await(t, fd, sock.POLLIN)
	p := make([]byte, size)
	n, err := sock.Recv(fd, p, flags)
	if err != nil || n != len(want) || string(p[:min(n, size)]) != want {
		t.Fatalf("Recv = %d, %v, %q; want %q", n, err, p, want)
	}
}

// SendAll sends all of p: it waits and continues where sock.SendAll stopped because the socket's buffer was full.
func SendAll(t testing.TB, fd int, p []byte) {
	n, err := sock.SendAll(fd, p, 0)
	for err == sock.EAGAIN {
		p = p[n:]
		Await(t, fd, sock.POLLOUT)
		n, err = sock.SendAll(fd, p, 0)
	}
	if err != nil || n != len(p) {
		t.Errorf("SendAll = %d, %v; want %d", n, err, len(p))
	}
}
