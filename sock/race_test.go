//go:build unix

package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"
)

// TestOrder checks that for the race detector a send happens before its receive. Only the socket orders the
// write and the read of the variable.
func TestOrder(t *testing.T) {
	p := make([]byte, 1)
	send := func(a int) error { _, err := Send(a, []byte("x"), 0); return err }
	recv := func(b int) error { _, err := Recv(b, p, 0); return err }
	tests := []struct {
		name   string
		before func(a int) error
		after  func(b int) error
	}{
		{"Send, Recv", send, recv},
		{"Sendto, Recvfrom", func(a int) error { _, err := Sendto(a, []byte("x"), 0, Sockaddr{}); return err },
			func(b int) error { _, _, err := Recvfrom(b, p, 0); return err }},
		{"SendAll, RecvFull", func(a int) error { _, err := SendAll(a, []byte("x"), 0); return err },
			func(b int) error { _, err := RecvFull(b, p); return err }},
		{"Send, Poll", send, func(b int) error { _, err := Poll([]Pollfd{{Fd: int32(b), Events: POLLIN}}, -1); return err }},
		{"Shutdown, Recv", func(a int) error { return Shutdown(a, SHUT_WR) }, recv},
		{"Shutdown, RecvAll", func(a int) error { return Shutdown(a, SHUT_WR) },
			func(b int) error { _, err := RecvAll(b, 1); return err }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := pair(t, SOCK_STREAM)
			inOrder(t, func() error { return test.before(a) }, func() error { return test.after(b) })
		})
	}
	t.Run("Connect, Accept", func(t *testing.T) {
		l, sa := listener(t)
		client := socket(t, AF_INET, SOCK_STREAM, 0)
		inOrder(t, func() error { return Connect(client, sa) }, func() error {
			fd, _, err := Accept(l)
			t.Cleanup(func() { Close(fd) })
			return err
		})
	})
	t.Run("Close, Recv", func(t *testing.T) {
		fds, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
		check(t, err)
		t.Cleanup(func() { Close(fds[1]) })
		inOrder(t, func() error { return Close(fds[0]) }, func() error { return recv(fds[1]) })
	})
	t.Run("Conn.Close, Recv", func(t *testing.T) {
		a, b := pair(t, SOCK_STREAM)
		inOrder(t, conn(t, a).Close, func() error { return recv(b) })
	})
}

// inOrder writes a variable in one goroutine before a call, and reads it in another after
// the call that the first one ends.
func inOrder(t *testing.T, before, after func() error) {
	var written bool
	done := make(chan error, 1)
	go func() {
		written = true
		done <- before()
	}()
	if _, err := Retry(func() (int, error) { return 0, after() }); err != nil {
		t.Error(err)
	}
	if !written {
		t.Error("the other goroutine's write is not visible")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
