package sock_test

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"example.com/berkeley/sock"
)

// In TestErrorOfConnectionEndsCopy, strace gives a connection an error that also means "call not available", such as the
// EACCES of an ICMP message. The kernel reports it once, and then the end of the stream, which another call would find.
func TestErrorOfConnectionEndsCopy(t *testing.T) {
	if !underStrace() {
		// The first two calls move the bytes, and the fourth finds the end.
		strace(t, "-e", "trace=splice", "-e", "inject=splice:error=EACCES:when=3+4")
		return
	}
	runtime.LockOSThread()
	tests := []struct {
		name string
		copy func(dst, src *sock.Conn) (int64, error)
	}{
		{"WriteTo", func(dst, src *sock.Conn) (int64, error) { return src.WriteTo(dst) }},
		{"ReadFrom", func(dst, src *sock.Conn) (int64, error) { return dst.ReadFrom(src) }},
		{"Relay", func(dst, src *sock.Conn) (n int64, err error) {
			err = dst.Control(func(out int) error {
				return src.Control(func(in int) error { n, err = sock.Relay(out, in); return err })
			})
			return n, err
		}},
	}
	for _, test := range tests {
		n, err := copyHundred(t, test.copy)
		if n != 100 || !errors.Is(err, sock.EACCES) {
			t.Errorf("%s = %d, %v, want 100, EACCES", test.name, n, err)
		}
	}
}

// In TestResetWhileCopyLooks, the reset arrives after splice(2) found nothing: the call that looks for bytes is told of it.
func TestResetWhileCopyLooks(t *testing.T) {
	if !underStrace() {
		strace(t, "-e", "trace=recvfrom", "-e", "inject=recvfrom:error=ECONNRESET")
		return
	}
	n, err := copyHundred(t, func(dst, src *sock.Conn) (int64, error) { return src.WriteTo(dst) })
	call := new(os.SyscallError)
	if n != 100 || !errors.As(err, &call) || call.Syscall != "recv" || call.Err != sock.ECONNRESET {
		t.Errorf("WriteTo = %d, %v, want 100, recv: ECONNRESET", n, err)
	}
}

// copyHundred copies a stream of 100 bytes that has ended.
func copyHundred(t *testing.T, copy func(dst, src *sock.Conn) (int64, error)) (int64, error) {
	t.Helper()
	a, b := pair(t, sock.SOCK_STREAM)
	c, _ := pair(t, sock.SOCK_STREAM)
	_, err := sock.SendAll(a, make([]byte, 100), 0)
	check(t, err)
	check(t, sock.Shutdown(a, sock.SHUT_WR))
	return copy(conn(t, c), conn(t, b))
}
