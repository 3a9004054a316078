package sock_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"example.com/berkeley/sock"
)

// newRing is a ring that is closed when its test ends; a machine that has none skips the test.
func newRing(t *testing.T, entries int) *sock.Ring {
	t.Helper()
	r, err := sock.NewRing(entries)
	if err == sock.ENOSYS || err == sock.EPERM || err == sock.EINVAL && before518(t) {
		t.Skip("there is no io_uring here: ", err)
	}
	check(t, err)
	t.Cleanup(func() { check(t, r.Close()) })
	return r
}

// before518 tells whether the kernel is older than what a ring needs.
func before518(t *testing.T) bool {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	check(t, err)
	var major, minor int
	_, err = fmt.Sscanf(string(release), "%d.%d", &major, &minor)
	return err != nil || major < 5 || major == 5 && minor < 18
}

// checkResult compares the result of a ring's transfer number i.
func checkResult(t *testing.T, r *sock.Ring, i, want int, wantErr error) {
	t.Helper()
	if n, err := r.Result(i); n != want || err != wantErr {
		t.Fatalf("Result(%d) = %d, %v; want %d, %v", i, n, err, want, wantErr)
	}
}

// ringReceive checks what the next Recv into size bytes gives by a ring.
func ringReceive(t *testing.T, r *sock.Ring, fd, size, flags int, want string) {
	t.Helper()
	await(t, fd, sock.POLLIN)
	p := make([]byte, size)
	r.Recv(fd, p, flags)
	check(t, r.Submit())
	checkResult(t, r, 0, len(want), nil)
	if got := string(p[:min(len(want), size)]); got != want[:len(got)] {
		t.Fatalf("what came is %q; want %q", got, want)
	}
}

func TestRing(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 2)
		r.Send(a, []byte("there"), 0)
		r.Send(b, []byte("and back"), 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 5, nil)
		checkResult(t, r, 1, 8, nil)
		await(t, a, sock.POLLIN)
		await(t, b, sock.POLLIN)
		p, q := make([]byte, 64), make([]byte, 64)
		r.Recv(b, p, 0)
		r.Recv(a, q, 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 5, nil)
		checkResult(t, r, 1, 8, nil)
		if string(p[:5]) != "there" || string(q[:8]) != "and back" {
			t.Errorf("what came is %q and %q", p, q)
		}
	})
}

// Nothing is waited for, whether the socket blocks or not.
func TestRingOfNothing(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 2)
		r.Recv(a, make([]byte, 64), 0)
		r.Recv(b, make([]byte, 64), 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 0, sock.EAGAIN)
		checkResult(t, r, 1, 0, sock.EAGAIN)
	})
}

func TestRingPeek(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 4)
		send(t, a, "abc")
		await(t, b, sock.POLLIN)
		p, q := make([]byte, 64), make([]byte, 64)
		r.Recv(b, p, sock.MSG_PEEK)
		r.Recv(b, q, 0)
		r.Recv(b, q, 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 3, nil)
		checkResult(t, r, 1, 3, nil)
		checkResult(t, r, 2, 0, sock.EAGAIN)
		if string(p[:3]) != "abc" || !bytes.Equal(p, q) {
			t.Errorf("a look at the message shows %q, and then came %q", p, q)
		}
	})
}

func TestRingRealLength(t *testing.T) {
	forEachPair(t, kind.isMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcde")
		ringReceive(t, newRing(t, 1), b, 2, sock.MSG_TRUNC, "abcde")
	})
}

// There is no waiting for all, and what came isn't lost for it.
func TestRingWaitAll(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		ringReceive(t, newRing(t, 1), b, 64, sock.MSG_WAITALL, "abc")
	})
}

func TestRingSendsNothing(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 4)
		r.Send(a, nil, 0)
		r.Send(a, []byte{}, 0)
		r.Send(a, []byte("x"), 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 0, nil)
		checkResult(t, r, 1, 0, nil)
		checkResult(t, r, 2, 1, nil)
		if k.isMessage() {
			ringReceive(t, r, b, 64, 0, "")
			ringReceive(t, r, b, 0, 0, "")
		}
		ringReceive(t, r, b, 64, 0, "x")
	})
}

func TestRingShutdown(t *testing.T) {
	forEachPair(t, kind.isConnection, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 2)
		send(t, a, "last words")
		check(t, sock.Shutdown(a, sock.SHUT_WR))
		ringReceive(t, r, b, 64, 0, "last words")
		ringReceive(t, r, b, 64, 0, "")
		ringReceive(t, r, b, 64, 0, "")
		r.Send(a, []byte("x"), 0)
		r.Send(b, []byte("heard"), 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 0, sock.EPIPE)
		checkResult(t, r, 1, 5, nil)
		ringReceive(t, r, a, 64, 0, "heard")
	})
}

// More than any socket's buffers hold goes from one end to the other, a piece of it with each call.
func TestRingCarriesAll(t *testing.T) {
	forEachPair(t, kind.isStream, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 2)
		rest, got, p := large, []byte{}, make([]byte, 1<<16)
		for len(got) < len(large) {
			r.Send(a, rest, 0)
			r.Recv(b, p, 0)
			check(t, r.Submit())
			sent, sendErr := r.Result(0)
			came, recvErr := r.Result(1)
			if sendErr != nil && sendErr != sock.EAGAIN || recvErr != nil && recvErr != sock.EAGAIN {
				t.Fatalf("after %d bytes: %v, %v", len(got), sendErr, recvErr)
			}
			rest, got = rest[sent:], append(got, p[:came]...)
			if sent+came == 0 {
				await(t, b, sock.POLLIN)
			}
		}
		if !bytes.Equal(got, large) {
			t.Error("what came isn't what was sent")
		}
	})
}
