package sock_test

import (
	"bytes"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"testing"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// newRing returns a ring that is closed when the test ends. It skips the test if the kernel has no io_uring.
func newRing(t testing.TB, entries int) *Ring {
	t.Helper()
	r, err := NewRing(entries)
	if err == ENOSYS || err == EPERM || err == EINVAL && socktest.LinuxBefore(t, "5.18") {
		t.Skip("io_uring is not available:", err)
	}
	check(t, err)
	t.Cleanup(func() {
		if err := r.Close(); err != EBADF { // EBADF if the test has closed it already
			check(t, err)
		}
	})
	return r
}

// checkResult checks the result of a ring's transfer number i.
func checkResult(t *testing.T, r *Ring, i, want int, wantErr error) {
	t.Helper()
	if n, err := r.Result(i); n != want || err != wantErr {
		t.Fatalf("Result(%d) = %d, %v, want %d, %v", i, n, err, want, wantErr)
	}
}

// Transfers are made in the order in which they are queued, even if there are more than the ring has entries.
func TestRingOrder(t *testing.T) {
	r := newRing(t, 4)
	a, b := pair(t, SOCK_SEQPACKET)
	const count = 10
	for i := range count {
		r.Send(a, bytes.Repeat([]byte{byte(i)}, i+1), 0)
	}
	lines := linesOf(func() { check(t, r.Submit()) })
	checkLines(t, lines,
		"io_uring_enter(%d, 4, 0, 0, NULL, 0) = 4", "io_uring_enter(%d, 4, 0, 0, NULL, 0) = 4", "io_uring_enter(%d, 2, 0, 0, NULL, 0) = 2")
	for i := range count {
		checkResult(t, r, i, i+1, nil)
	}
	var got [count][2 * count]byte
	for i := range count {
		r.Recv(b, got[i][:], 0)
	}
	check(t, r.Submit())
	for i := range count {
		checkResult(t, r, i, i+1, nil)
		if got[i][0] != byte(i) {
			t.Errorf("message %d contains %d, want its number", i, got[i][0])
		}
	}
}

// A transfer that fails or would block does not stop the others.
func TestRingGoesOn(t *testing.T) {
	r := newRing(t, 8)
	a, b := pair(t, SOCK_STREAM)
	left, gone := pair(t, SOCK_STREAM)
	shut(t, gone)
	p := make([]byte, 8)
	r.Send(-1, p, 0)
	r.Send(left, p, 0)
	r.Recv(a, p, 0)
	r.Send(a, []byte("x"), 0)
	r.Recv(b, p, 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 0, EBADF)
	checkResult(t, r, 1, 0, EPIPE)
	checkResult(t, r, 2, 0, EAGAIN)
	checkResult(t, r, 3, 1, nil)
	checkResult(t, r, 4, 1, nil)
}

// Sending to a closed peer is an error and raises no SIGPIPE. The kernel delivers the signal with the lower number
// first, so SIGWINCH shows that no SIGPIPE is pending.
func TestRingRaisesNoSignal(t *testing.T) {
	r := newRing(t, 1)
	left, gone := pair(t, SOCK_STREAM)
	shut(t, gone)
	got := make(chan os.Signal, 2)
	signal.Notify(got, unix.SIGPIPE, unix.SIGWINCH)
	defer signal.Stop(got)
	r.Send(left, []byte("x"), 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 0, EPIPE)
	check(t, unix.Kill(os.Getpid(), unix.SIGWINCH))
	if s := <-got; s != unix.SIGWINCH {
		t.Errorf("got signal %v, want SIGWINCH", s)
	}
}

func TestRingSubmitsOnce(t *testing.T) {
	r := newRing(t, 2)
	a, b := pair(t, SOCK_SEQPACKET)
	r.Send(a, []byte("abc"), 0)
	check(t, r.Submit())
	if lines := linesOf(func() { check(t, r.Submit()) }); len(lines) != 0 {
		t.Errorf("Submit of nothing makes the calls %q, want none", lines)
	}
	checkResult(t, r, 0, 3, nil)
	r.Recv(b, make([]byte, 8), 0)
	r.Recv(b, make([]byte, 8), 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 3, nil)
	checkResult(t, r, 1, 0, EAGAIN)
}

// Results are available from Submit until the next transfer is queued, which gets number 0.
func TestRingBeginsAnew(t *testing.T) {
	r := newRing(t, 2)
	a, _ := pair(t, SOCK_STREAM)
	checkResult(t, r, 0, 0, EINVAL)
	r.Send(a, []byte("one"), 0)
	r.Send(a, []byte("three"), 0)
	checkResult(t, r, 0, 0, EINVAL)
	check(t, r.Submit())
	checkResult(t, r, 1, 5, nil)
	r.Send(a, []byte("four"), 0)
	checkResult(t, r, 0, 0, EINVAL)
	check(t, r.Submit())
	checkResult(t, r, 0, 4, nil)
	checkResult(t, r, 1, 0, EINVAL)
}

// A ring that is closed or was never open makes no transfers, even those queued before.
func TestRingClosed(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	closed := newRing(t, 1)
	closed.Send(a, []byte("x"), 0)
	check(t, closed.Close())
	empty := newRing(t, 1)
	check(t, empty.Close())
	for name, r := range map[string]*Ring{"closed": closed, "closed with nothing queued": empty, "zero": {}} {
		if r != closed {
			if err := r.Submit(); err != EBADF {
				t.Errorf("%s: Submit with nothing queued: %v, want EBADF", name, err)
			}
		}
		r.Send(a, []byte("x"), 0)
		r.Recv(b, make([]byte, 1), 0)
		if err := r.Submit(); err != EBADF {
			t.Errorf("%s: Submit: %v, want EBADF", name, err)
		}
		checkResult(t, r, 0, 0, EBADF)
		checkResult(t, r, 1, 0, EBADF)
		if err := r.Close(); err != EBADF {
			t.Errorf("%s: Close: %v, want EBADF", name, err)
		}
	}
	if n, err := Recv(b, make([]byte, 1), MSG_DONTWAIT); err != EAGAIN {
		t.Errorf("Recv = %d, %v, want EAGAIN", n, err)
	}
}

// In TestRingRefused, strace makes the second io_uring_enter(2) fail.
func TestRingRefused(t *testing.T) {
	r := newRing(t, 2)
	if !underStrace() {
		if log := strace(t, "-e", "inject=io_uring_enter:error=ENOMEM:when=2"); strings.Count(log, "(INJECTED)") != 1 {
			t.Errorf("want exactly one call to fail:\n%s", log)
		}
		return
	}
	runtime.LockOSThread()
	a, b := pair(t, SOCK_STREAM)
	for _, s := range []string{"a", "b", "c"} {
		r.Send(a, []byte(s), 0)
	}
	if err := r.Submit(); err != ENOMEM {
		t.Errorf("Submit: %v, want ENOMEM", err)
	}
	checkResult(t, r, 0, 1, nil)
	checkResult(t, r, 1, 1, nil)
	checkResult(t, r, 2, 0, ENOMEM)
	r.Send(a, []byte("d"), 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 1, nil)
	p := make([]byte, 8)
	if n, err := Recv(b, p, 0); err != nil || string(p[:n]) != "abd" {
		t.Errorf("got %q, %v, want abd, sent before and after the call that failed", p[:n], err)
	}
}

// TestRingTellsRaceDetector is TestOrder for rings. The receiver waits with x/sys's Poll, which
// tells the race detector nothing.
func TestRingTellsRaceDetector(t *testing.T) {
	to, from := newRing(t, 1), newRing(t, 1)
	p := make([]byte, 1)
	first := func(r *Ring) error {
		if err := r.Submit(); err != nil {
			return err
		}
		_, err := r.Result(0)
		return err
	}
	ringSend := func(a int) error { to.Send(a, []byte("x"), 0); return first(to) }
	ringRecv := func(b int) error {
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(b), Events: unix.POLLIN}}, -1); err != nil {
			return err
		}
		from.Recv(b, p, 0)
		return first(from)
	}
	for _, test := range []struct {
		name          string
		before, after func(fd int) error
	}{
		{"Ring, Ring", ringSend, ringRecv},
		{"Ring, Recv", ringSend, func(b int) error { _, err := Recv(b, p, 0); return err }},
		{"Send, Ring", func(a int) error { _, err := Send(a, []byte("x"), 0); return err }, ringRecv},
		{"Shutdown, Ring", func(a int) error { return Shutdown(a, SHUT_WR) }, ringRecv},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := pair(t, SOCK_STREAM)
			inOrder(t, func() error { return test.before(a) }, func() error { return test.after(b) })
		})
	}
}

// Submit returns EBADF after Close even if nothing is queued, and the results stay.
func TestClosedRing(t *testing.T) {
	r := newRing(t, 1)
	a, _ := pair(t, SOCK_STREAM)
	r.Send(a, []byte("x"), 0)
	check(t, r.Submit())
	check(t, r.Close())
	if err := r.Submit(); err != EBADF {
		t.Errorf("Submit after Close: %v, want EBADF", err)
	}
	checkResult(t, r, 0, 1, nil)
}
