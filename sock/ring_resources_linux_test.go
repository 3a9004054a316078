package sock_test

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"example.com/berkeley/internal/fdutil"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// newFds returns the descriptors that f opens.
func newFds(t *testing.T, f func()) []int {
	t.Helper()
	before, err := fdutil.Open()
	check(t, err)
	f()
	after, err := fdutil.Open()
	check(t, err)
	return slices.DeleteFunc(after, func(fd int) bool { return slices.Contains(before, fd) })
}

// ringMaps returns the number of the process's mappings that belong to rings.
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
		t.Fatalf("a ring opened the descriptors %d, want one that is not inheritable", fds)
	}
	if n := ringMaps(t); n != before+2 {
		t.Errorf("a ring has %d mappings, want 2", n-before)
	}
	check(t, r.Close())
	if _, err := unix.FcntlInt(uintptr(fds[0]), unix.F_GETFD, 0); err != EBADF {
		t.Errorf("descriptor of a closed ring: %v, want EBADF", err)
	}
	if n := ringMaps(t); n != before {
		t.Errorf("a closed ring leaves %d mappings, want none", n-before)
	}
}

// A ring belongs to no thread: its transfers must survive the end of the thread that made it or submitted them.
func TestRingOutlivesItsThread(t *testing.T) {
	r := newRing(t, 1)
	a, b := pair(t, SOCK_STREAM)
	onThread := func() {
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // the thread ends with the goroutine
			r.Send(a, []byte("x"), 0)
			done <- r.Submit()
		}()
		check(t, <-done)
		checkResult(t, r, 0, 1, nil)
	}
	onThread()
	onThread()
	if n, err := Recv(b, make([]byte, 8), 0); n != 2 || err != nil {
		t.Errorf("Recv = %d, %v, want 2", n, err)
	}
}

// A buffer to which only the ring has a pointer stays allocated until Submit.
func TestRingKeepsBuffers(t *testing.T) {
	const count, size = 64, 512
	r := newRing(t, count)
	a, b := pair(t, SOCK_SEQPACKET)
	for i := range count {
		r.Send(a, bytes.Repeat([]byte{byte(i)}, size), 0)
	}
	runtime.GC()
	for range count {
		bytes.Repeat([]byte{0xff}, size) // would overwrite freed buffers
	}
	check(t, r.Submit())
	p := make([]byte, size)
	for i := range count {
		if n, err := Recv(b, p, 0); n != size || err != nil || p[0] != byte(i) || p[size-1] != byte(i) {
			t.Fatalf("Recv of message %d = %d, %v, first byte %d", i, n, err, p[0])
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
			t.Errorf("%s ring: buffer is still reachable after Submit", name)
		}
		runtime.KeepAlive(r)
	}
}

// In TestNoRing, strace makes the second of a ring's two mappings fail. 32-bit programs make it with mmap2.
func TestNoRing(t *testing.T) {
	if !underStrace() {
		newRing(t, 1)
		strace(t, "-P", "anon_inode:[io_uring]", "-e", "inject=/^mmap2?$:error=ENOMEM:when=2")
		return
	}
	runtime.LockOSThread()
	before := ringMaps(t)
	fds := newFds(t, func() {
		if r, err := NewRing(1); r != nil || err != ENOMEM {
			t.Errorf("NewRing = %v, %v, want ENOMEM", r, err)
		}
	})
	if n := ringMaps(t); len(fds) != 0 || n != before {
		t.Errorf("NewRing left the descriptors %d and %d mappings, want none", fds, n-before)
	}
}
