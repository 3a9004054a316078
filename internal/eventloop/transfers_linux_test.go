package eventloop

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"example.com/berkeley/sock"
)

func newTransfers(t *testing.T) *Transfers {
	t.Helper()
	b, err := NewTransfers(8)
	if err != nil {
		t.Skip("no io_uring here:", err)
	}
	t.Cleanup(b.Close)
	return b
}

func pair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sock.Close(fds[0])
		sock.Close(fds[1])
	})
	return fds[0], fds[1]
}

func submit(t *testing.T, b *Transfers) {
	t.Helper()
	if err := b.Submit(); err != nil {
		t.Fatal(err)
	}
}

// What each socket was sent is in the buffer of its number.
func TestTransfers(t *testing.T) {
	transfers := newTransfers(t)
	var fds []int
	for i := range MaxTransfers {
		a, b := pair(t)
		if i != 1 {
			transfers.Send(a, fmt.Append(nil, "to ", i), 0)
		}
		fds = append(fds, b)
	}
	submit(t, transfers)
	for i, fd := range fds {
		transfers.Recv(i, fd)
	}
	submit(t, transfers)
	for i := range fds {
		n, err := transfers.Result(i)
		if i == 1 {
			if err != sock.EAGAIN {
				t.Errorf("Result of a silent socket = %d, %v; want EAGAIN", n, err)
			}
		} else if got, want := string(transfers.Buffer(i)[:n]), fmt.Sprint("to ", i); got != want || err != nil {
			t.Errorf("received %q, %v; want %q", got, err, want)
		}
	}
}

// Transfers that a failed ring did not make return EINTR, so that the caller repeats them, and the ring is not used again.
func TestTransfersFail(t *testing.T) {
	transfers := newTransfers(t)
	_, b := pair(t)
	transfers.Recv(0, b)
	transfers.Close()
	if err := transfers.Submit(); err == nil {
		t.Fatal("Submit with a closed ring succeeded, want an error")
	}
	for range 3 {
		if n, err := transfers.Result(0); n != 0 || err != sock.EINTR {
			t.Errorf("Result = %d, %v; want EINTR", n, err)
		}
		if transfers.Works() {
			t.Error("Works() = true, want false")
		}
		transfers.Recv(0, b)
		if err := transfers.Submit(); err == nil {
			t.Error("a second Submit with a closed ring succeeded, want an error")
		}
	}
}

func TestNoTransfers(t *testing.T) {
	var none *Transfers
	if none.Works() {
		t.Error("Works() of nil = true, want false")
	}
	none.Close()
}

// tracedVariable is set in the process that strace started.
const tracedVariable = "EVENTLOOP_TEST_TRACED"

// underStrace runs the test once more under strace, which makes io_uring_enter fail as inject says, and reports whether it
// runs there now. strace counts the calls of each thread by themselves, so the test is locked to one.
func underStrace(t *testing.T, inject string) bool {
	t.Helper()
	if os.Getenv(tracedVariable) == inject {
		runtime.LockOSThread()
		return true
	}
	if os.Getenv(tracedVariable) != "" {
		return false
	}
	newTransfers(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(test string) ([]byte, error) {
		cmd := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=io_uring_enter", "-e", "inject=io_uring_enter:"+inject,
			self, "-test.run=^"+test+"$", "-test.timeout=20s")
		cmd.Env = append(os.Environ(), tracedVariable+"="+inject)
		return cmd.CombinedOutput()
	}
	if out, err := run("none"); err != nil {
		t.Skipf("strace can't run this program: %v: %s", err, out)
	}
	if out, err := run(t.Name()); err != nil {
		t.Errorf("the test under strace: %v\n%s", err, out)
	}
	return false
}

// After a temporary error the ring stays in use: the caller repeats the transfers by other calls, and the ring makes the next.
func TestTransfersGoOn(t *testing.T) {
	for _, inject := range []string{"error=EINTR:when=1", "error=EAGAIN:when=1", "error=EBUSY:when=1", "error=ENOMEM:when=1", "retval=0:when=1"} {
		if !underStrace(t, inject) {
			continue
		}
		transfers := newTransfers(t)
		a, b := pair(t)
		transfers.Send(a, []byte("lost"), 0)
		if err := transfers.Submit(); err == nil {
			t.Error("Submit succeeded, want the error that strace injects")
		}
		if n, err := transfers.Result(0); n != 0 || err != sock.EINTR || !transfers.Works() {
			t.Errorf("Result = %d, %v, Works() = %t; want EINTR, true", n, err, transfers.Works())
		}
		transfers.Send(a, []byte("made"), 0)
		submit(t, transfers)
		transfers.Recv(0, b)
		submit(t, transfers)
		if n, err := transfers.Result(0); string(transfers.Buffer(0)[:n]) != "made" || err != nil {
			t.Errorf("received %q, %v; want only what the ring sent", transfers.Buffer(0)[:n], err)
		}
	}
}

// The ring is closed after a temporary error that keeps coming back, and at once after any other error.
func TestTransfersGiveUp(t *testing.T) {
	for inject, most := range map[string]int{"error=ENOMEM": maxFailures, "error=EPERM": 1} {
		if !underStrace(t, inject) {
			continue
		}
		transfers := newTransfers(t)
		a, _ := pair(t)
		failures := 0
		for ; transfers.Works(); failures++ {
			transfers.Send(a, []byte("x"), 0)
			transfers.Submit()
		}
		if failures != most {
			t.Errorf("the ring was closed after %d failures, want %d", failures, most)
		}
	}
}
