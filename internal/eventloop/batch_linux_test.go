package eventloop

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"example.com/berkeley/sock"
)

func newBatch(t *testing.T) *Batch {
	t.Helper()
	b, err := NewBatch(8)
	if err != nil {
		t.Skip("no io_uring here: ", err)
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

func submit(t *testing.T, b *Batch) {
	t.Helper()
	if err := b.Submit(); err != nil {
		t.Fatal(err)
	}
}

// What each socket was sent is in the room of its number.
func TestBatch(t *testing.T) {
	batch := newBatch(t)
	var fds []int
	for i := range BatchSize {
		a, b := pair(t)
		if i != 1 {
			batch.Send(a, fmt.Append(nil, "to ", i), 0)
		}
		fds = append(fds, b)
	}
	submit(t, batch)
	for i, fd := range fds {
		batch.Recv(i, fd)
	}
	submit(t, batch)
	for i := range fds {
		n, err := batch.Result(i)
		if i == 1 {
			if err != sock.EAGAIN {
				t.Errorf("of a silent socket: %d, %v; want EAGAIN", n, err)
			}
		} else if got, want := string(batch.Room(i)[:n]), fmt.Sprint("to ", i); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

// What a ring that failed didn't do is to be tried again, and the ring is not.
func TestBatchFails(t *testing.T) {
	batch := newBatch(t)
	_, b := pair(t)
	batch.Recv(0, b)
	batch.Close()
	if err := batch.Submit(); err == nil {
		t.Fatal("a closed ring made a transfer")
	}
	for range 3 {
		if n, err := batch.Result(0); n != 0 || err != sock.EINTR {
			t.Errorf("Result = %d, %v; want EINTR", n, err)
		}
		if batch.Works() {
			t.Error("the batch is said to work")
		}
		batch.Recv(0, b)
		if err := batch.Submit(); err == nil {
			t.Error("it makes a transfer again")
		}
	}
}

func TestNoBatch(t *testing.T) {
	var none *Batch
	if none.Works() {
		t.Error("none is said to work")
	}
	none.Close()
}

// tracedVariable is set in the process that strace started.
const tracedVariable = "EVENTLOOP_TEST_TRACED"

// underStrace runs this very test once more under strace, which has io_uring_enter fail as a case says, and tells whether it
// does so now. The runtime moves a test from thread to thread, and strace counts the calls of each: the test stays on one.
func underStrace(t *testing.T, inject string) bool {
	t.Helper()
	if os.Getenv(tracedVariable) == inject {
		runtime.LockOSThread()
		return true
	}
	if os.Getenv(tracedVariable) != "" {
		return false
	}
	newBatch(t)
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
		t.Errorf("under strace: %v\n%s", err, out)
	}
	return false
}

// What passes doesn't take the ring away: what it didn't do is done otherwise, and the next transfers are made by it.
func TestBatchGoesOn(t *testing.T) {
	for _, inject := range []string{"error=EINTR:when=1", "error=EAGAIN:when=1", "error=EBUSY:when=1", "error=ENOMEM:when=1", "retval=0:when=1"} {
		if !underStrace(t, inject) {
			continue
		}
		batch := newBatch(t)
		a, b := pair(t)
		batch.Send(a, []byte("lost"), 0)
		if err := batch.Submit(); err == nil {
			t.Error("strace made no call fail")
		}
		if n, err := batch.Result(0); n != 0 || err != sock.EINTR || !batch.Works() {
			t.Errorf("Result = %d, %v, and the batch works: %t; want EINTR and that it does", n, err, batch.Works())
		}
		batch.Send(a, []byte("made"), 0)
		submit(t, batch)
		batch.Recv(0, b)
		submit(t, batch)
		if n, err := batch.Result(0); string(batch.Room(0)[:n]) != "made" || err != nil {
			t.Errorf("%q came, %v; want what the ring sent alone", batch.Room(0)[:n], err)
		}
	}
}

// What passes again and again doesn't pass, and an error of another kind is not about this moment.
func TestBatchGivesUp(t *testing.T) {
	for inject, most := range map[string]int{"error=ENOMEM": mostFailures, "error=EPERM": 1} {
		if !underStrace(t, inject) {
			continue
		}
		batch := newBatch(t)
		a, _ := pair(t)
		failures := 0
		for ; batch.Works(); failures++ {
			batch.Send(a, []byte("x"), 0)
			batch.Submit()
		}
		if failures != most {
			t.Errorf("the ring was given up after %d failures; want %d", failures, most)
		}
	}
}
