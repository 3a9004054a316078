package sock_test

import (
	"strconv"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// longBuffer returns memory whose length needs more than 32 bits and has the lower 32 bits 4.
func longBuffer(t *testing.T) []byte {
	t.Helper()
	if strconv.IntSize == 32 {
		t.Skip("slices cannot be that long with 32-bit ints")
	}
	const length = 1<<(32%strconv.IntSize) + 4
	p, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		t.Skip("cannot reserve 4 GiB of address space:", err)
	}
	t.Cleanup(func() { check(t, unix.Munmap(p)) })
	return p
}

// io_uring takes lengths of 32 bits. A longer buffer must not be cut to the lower 32 bits of its length.
func TestRingLongBuffer(t *testing.T) {
	r := newRing(t, 2)
	a, b := pair(t, SOCK_STREAM)
	p := longBuffer(t)
	r.Send(a, p, 0)
	r.Recv(b, p, 0)
	check(t, r.Submit())
	for i := range 2 {
		if n, err := r.Result(i); n <= 4 || err != nil {
			t.Fatalf("Result(%d) = %d, %v, want more than 4", i, n, err)
		}
	}
}

// getsockopt(2) and setsockopt(2) take lengths of 32 bits, too.
func TestLongOption(t *testing.T) {
	needKernel(t)
	p := longBuffer(t)
	fd := tcp4(t)
	if err := SetsockoptBytes(fd, SOL_SOCKET, SO_KEEPALIVE.Number(), p); err != EINVAL {
		t.Errorf("SetsockoptBytes = %v, want EINVAL", err)
	}
	if n, err := GetsockoptBytes(fd, SOL_SOCKET, SO_TYPE.Number(), p[:len(p)-4]); n != 4 || err != nil {
		t.Errorf("GetsockoptBytes = %d, %v, want 4", n, err)
	}
}
