package sock_test

import (
	"bytes"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/fdutil"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// newRing is a ring that is closed when its test ends; a machine that has none skips the test.
func newRing(t testing.TB, entries int) *Ring {
	t.Helper()
	r, err := NewRing(entries)
	if err == ENOSYS || err == EPERM || err == EINVAL && linuxBefore(t, 5, 18) {
		t.Skip("there is no io_uring here: ", err)
	}
	check(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// checkResult compares the result of a ring's transfer number i.
func checkResult(t *testing.T, r *Ring, i, want int, wantErr error) {
	t.Helper()
	if n, err := r.Result(i); n != want || err != wantErr {
		t.Errorf("Result(%d) = %d, %v; want %d, %v", i, n, err, want, wantErr)
	}
}

// Transfers are made in the order in which they are queued, also those that the ring has no room for at once.
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
			t.Errorf("message %d is number %d", i, got[i][0])
		}
	}
}

// What fails, or would have to wait, keeps nothing back.
func TestRingGoesOn(t *testing.T) {
	r := newRing(t, 8)
	a, b := pair(t, SOCK_STREAM)
	left, gone := pair(t, SOCK_STREAM)
	check(t, Close(gone))
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

// A send to nobody is an error, and no SIGPIPE. A signal with a higher number shows that none is on its way.
func TestRingRaisesNoSignal(t *testing.T) {
	r := newRing(t, 1)
	left, gone := pair(t, SOCK_STREAM)
	check(t, Close(gone))
	got := make(chan os.Signal, 2)
	signal.Notify(got, unix.SIGPIPE, unix.SIGWINCH)
	defer signal.Stop(got)
	r.Send(left, []byte("x"), 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 0, EPIPE)
	check(t, unix.Kill(os.Getpid(), unix.SIGWINCH))
	if s := <-got; s != unix.SIGWINCH {
		t.Errorf("there was a %v", s)
	}
}

func TestRingSubmitsOnce(t *testing.T) {
	r := newRing(t, 2)
	a, b := pair(t, SOCK_SEQPACKET)
	r.Send(a, []byte("abc"), 0)
	check(t, r.Submit())
	if lines := linesOf(func() { check(t, r.Submit()) }); len(lines) != 0 {
		t.Errorf("to submit nothing takes %q", lines)
	}
	checkResult(t, r, 0, 3, nil)
	r.Recv(b, make([]byte, 8), 0)
	r.Recv(b, make([]byte, 8), 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 3, nil)
	checkResult(t, r, 1, 0, EAGAIN)
}

// Results are there from Submit until something is queued, which is number 0 then.
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

// A ring that is closed, or never was open, makes no transfers, not even those that it already had.
func TestRingClosed(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	closed := newRing(t, 1)
	closed.Send(a, []byte("x"), 0)
	check(t, closed.Close())
	for name, r := range map[string]*Ring{"closed": closed, "zero": {}} {
		r.Send(a, []byte("x"), 0)
		r.Recv(b, make([]byte, 1), 0)
		if err := r.Submit(); err != EBADF {
			t.Errorf("%s: Submit: %v; want EBADF", name, err)
		}
		checkResult(t, r, 0, 0, EBADF)
		checkResult(t, r, 1, 0, EBADF)
		if err := r.Close(); err != EBADF {
			t.Errorf("%s: Close: %v; want EBADF", name, err)
		}
	}
	if n, err := Recv(b, make([]byte, 1), MSG_DONTWAIT); err != EAGAIN {
		t.Errorf("what was sent: %d, %v; want EAGAIN", n, err)
	}
}

// newFds are the descriptors that a function opens.
func newFds(t *testing.T, f func()) []int {
	t.Helper()
	before, err := fdutil.Open()
	check(t, err)
	f()
	after, err := fdutil.Open()
	check(t, err)
	return slices.DeleteFunc(after, func(fd int) bool { return slices.Contains(before, fd) })
}

// ringMaps is how many of the process's mappings are of rings.
func ringMaps(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	check(t, err)
	return bytes.Count(maps, []byte("[io_uring]"))
}

func TestRingOwns(t *testing.T) {
	var r *Ring
	before := ringMaps(t)
	fds := newFds(t, func() { r = newRing(t, 1) })
	if len(fds) != 1 || inheritable(t, fds[0]) {
		t.Fatalf("a ring has the descriptors %d; want one, not inheritable", fds)
	}
	if n := ringMaps(t); n != before+2 {
		t.Errorf("a ring has %d mappings; want 2", n-before)
	}
	check(t, r.Close())
	if _, err := unix.FcntlInt(uintptr(fds[0]), unix.F_GETFD, 0); err != EBADF {
		t.Errorf("the descriptor of a closed ring: %v; want EBADF", err)
	}
	if n := ringMaps(t); n != before {
		t.Errorf("a closed ring leaves %d mappings", n-before)
	}
}

// A ring belongs to no thread: the kernel mustn't end what one submits with the thread that made the ring.
func TestRingOutlivesItsThread(t *testing.T) {
	r := newRing(t, 1)
	a, b := pair(t, SOCK_STREAM)
	onThread := func() {
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // and the thread ends with the goroutine
			r.Send(a, []byte("x"), 0)
			done <- r.Submit()
		}()
		check(t, <-done)
		checkResult(t, r, 0, 1, nil)
	}
	onThread()
	onThread()
	if n, err := Recv(b, make([]byte, 8), 0); n != 2 || err != nil {
		t.Errorf("Recv = %d, %v; want 2", n, err)
	}
}

// What only the ring knows of stays where it is until Submit.
func TestRingKeepsBuffers(t *testing.T) {
	const count, size = 64, 512
	r := newRing(t, count)
	a, b := pair(t, SOCK_SEQPACKET)
	for i := range count {
		r.Send(a, bytes.Repeat([]byte{byte(i)}, size), 0)
	}
	runtime.GC()
	for range count {
		bytes.Repeat([]byte{0xff}, size) // where the others were, if they are gone
	}
	check(t, r.Submit())
	p := make([]byte, size)
	for i := range count {
		if n, err := Recv(b, p, 0); n != size || err != nil || p[0] != byte(i) || p[size-1] != byte(i) {
			t.Fatalf("message %d: %d, %v, %d", i, n, err, p[0])
		}
	}
}

func TestRingReleasesBuffers(t *testing.T) {
	for name, r := range map[string]*Ring{"open": newRing(t, 1), "zero": {}} {
		freed := make(chan struct{})
		p := new([512]byte)
		runtime.AddCleanup(p, func(freed chan struct{}) { close(freed) }, freed)
		r.Send(-1, p[:], 0)
		r.Submit()
		runtime.GC()
		select {
		case <-freed:
		case <-time.After(5 * time.Second):
			t.Errorf("%s: a ring keeps its buffers after Submit", name)
		}
		runtime.KeepAlive(r)
	}
}

// Of a length the kernel sees 32 bits, which mustn't be another length.
func TestRingLongBuffer(t *testing.T) {
	if strconv.IntSize == 32 {
		t.Skip("no slice is that long")
	}
	r := newRing(t, 2)
	a, b := pair(t, SOCK_STREAM)
	p, err := unix.Mmap(-1, 0, 1<<(32%strconv.IntSize)+4, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		t.Skip("there is no room for so many bytes, though few are touched: ", err)
	}
	defer unix.Munmap(p)
	r.Send(a, p, 0)
	r.Recv(b, p, 0)
	check(t, r.Submit())
	for i := range 2 {
		if n, err := r.Result(i); n <= 4 || err != nil {
			t.Errorf("Result(%d) = %d, %v; want more than what the length's lower half is", i, n, err)
		}
	}
}

// TestRingRefused has strace let the second io_uring_enter(2) fail.
func TestRingRefused(t *testing.T) {
	r := newRing(t, 2)
	if !underStrace() {
		if log := strace(t, "-e", "inject=io_uring_enter:error=ENOMEM:when=2"); strings.Count(log, "(INJECTED)") != 1 {
			t.Errorf("one call should have failed:\n%s", log)
		}
		return
	}
	runtime.LockOSThread()
	a, b := pair(t, SOCK_STREAM)
	for _, s := range []string{"a", "b", "c"} {
		r.Send(a, []byte(s), 0)
	}
	if err := r.Submit(); err != ENOMEM {
		t.Errorf("Submit: %v; want ENOMEM", err)
	}
	checkResult(t, r, 0, 1, nil)
	checkResult(t, r, 1, 1, nil)
	checkResult(t, r, 2, 0, ENOMEM)
	r.Send(a, []byte("d"), 0)
	check(t, r.Submit())
	checkResult(t, r, 0, 1, nil)
	p := make([]byte, 8)
	if n, err := Recv(b, p, 0); err != nil || string(p[:n]) != "abd" {
		t.Errorf("%q came, %v; want what was sent before and after the call that failed", p[:n], err)
	}
}

// TestNoRing has strace refuse the second of a ring's two mappings.
func TestNoRing(t *testing.T) {
	if !underStrace() {
		newRing(t, 1)
		strace(t, "-P", "anon_inode:[io_uring]", "-e", "inject=mmap:error=ENOMEM:when=2")
		return
	}
	runtime.LockOSThread()
	before := ringMaps(t)
	fds := newFds(t, func() {
		if r, err := NewRing(1); r != nil || err != ENOMEM {
			t.Errorf("NewRing = %v, %v; want ENOMEM", r, err)
		}
	})
	if n := ringMaps(t); len(fds) != 0 || n != before {
		t.Errorf("it left the descriptors %d and %d mappings", fds, n-before)
	}
}

// As TestOrder, by rings. What a receiver waits with must not know of the order.
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
