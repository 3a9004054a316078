package sock_test

import (
	"bytes"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// ringReceive checks the result of a ring's Recv into a buffer of size bytes.
func ringReceive(t *testing.T, r *sock.Ring, fd, size, flags int, want string) {
	t.Helper()
	await(t, fd, sock.POLLIN)
	p := make([]byte, size)
	r.Recv(fd, p, flags)
	check(t, r.Submit())
	checkResult(t, r, 0, len(want), nil)
	if got := string(p[:min(len(want), size)]); got != want[:len(got)] {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestRing(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
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
			t.Errorf("got %q and %q, want there and \"and back\"", p, q)
		}
	})
}

// A ring's transfers don't wait, whether the socket blocks or not.
func TestRingOfNothing(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 2)
		r.Recv(a, make([]byte, 64), 0)
		r.Recv(b, make([]byte, 64), 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 0, sock.EAGAIN)
		checkResult(t, r, 1, 0, sock.EAGAIN)
	})
}

func TestRingPeek(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
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
			t.Errorf("MSG_PEEK got %q, then Recv got %q, want abc twice", p, q)
		}
	})
}

func TestRingRealLength(t *testing.T) {
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcde")
		ringReceive(t, newRing(t, 1), b, 2, sock.MSG_TRUNC, "abcde")
	})
}

// MSG_WAITALL doesn't make a ring wait, and no bytes are lost.
func TestRingWaitAll(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		ringReceive(t, newRing(t, 1), b, 64, sock.MSG_WAITALL, "abc")
	})
}

func TestRingSendsNothing(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 4)
		r.Send(a, nil, 0)
		r.Send(a, []byte{}, 0)
		r.Send(a, []byte("x"), 0)
		check(t, r.Submit())
		checkResult(t, r, 0, 0, nil)
		checkResult(t, r, 1, 0, nil)
		checkResult(t, r, 2, 1, nil)
		if k.IsMessage() {
			ringReceive(t, r, b, 64, 0, "")
			ringReceive(t, r, b, 0, 0, "")
		}
		ringReceive(t, r, b, 64, 0, "x")
	})
}

func TestRingShutdown(t *testing.T) {
	forEachPair(t, kind.IsConnection, func(t *testing.T, a, b int, k kind) {
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

// More data than a socket's buffers hold arrives in pieces, one per call.
func TestRingCarriesAll(t *testing.T) {
	forEachPair(t, kind.IsStream, func(t *testing.T, a, b int, k kind) {
		r := newRing(t, 2)
		rest, got, p := socktest.Large, []byte{}, make([]byte, 1<<16)
		for len(got) < len(socktest.Large) {
			r.Send(a, rest, 0)
			r.Recv(b, p, 0)
			check(t, r.Submit())
			sent, sendErr := r.Result(0)
			came, recvErr := r.Result(1)
			if sendErr != nil && sendErr != sock.EAGAIN || recvErr != nil && recvErr != sock.EAGAIN {
				t.Fatalf("after %d bytes: Send: %v, Recv: %v", len(got), sendErr, recvErr)
			}
			rest, got = rest[sent:], append(got, p[:came]...)
			if sent+came == 0 {
				await(t, b, sock.POLLIN)
			}
		}
		if !bytes.Equal(got, socktest.Large) {
			t.Error("received other bytes than those sent")
		}
	})
}
