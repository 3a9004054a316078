package sock_test

import (
	"context"
	"encoding/binary"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestRealLength(t *testing.T) {
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcde")
		await(t, b, sock.POLLIN)
		p := make([]byte, 2)
		if n, err := sock.Recv(b, p, sock.MSG_TRUNC); n != 5 || err != nil || string(p) != "ab" {
			t.Fatalf("Recv = %d, %v, %q, want 5 and the bytes that fit", n, err, p)
		}
	})
}

func TestInputQueuePairs(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		await(t, b, sock.POLLIN)
		if n, err := sock.InputQueue(b); n != 3 || err != nil {
			t.Errorf("InputQueue = %d, %v, want 3", n, err)
		}
		receive(t, b, 64, 0, "abc")
		if n, err := sock.InputQueue(b); n != 0 || err != nil {
			t.Errorf("InputQueue = %d, %v, want 0", n, err)
		}
	})
}

// Bytes that don't fit into the peer's window are unsent, and they are part of the unacknowledged bytes.
func TestUnsentQueue(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsTCP, func(t *testing.T, a, b int, k kind) {
		if n, err := sock.UnsentQueue(a); n != 0 || err != nil {
			t.Errorf("UnsentQueue of an empty queue = %d, %v, want 0", n, err)
		}
		check(t, sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16))
		if _, err := sock.SendAll(a, socktest.Large, sock.MSG_DONTWAIT); err != sock.EAGAIN {
			t.Fatalf("SendAll: %v, want EAGAIN", err)
		}
		unsent, err := sock.UnsentQueue(a)
		check(t, err)
		if all, err := sock.OutputQueue(a); unsent == 0 || all < unsent || err != nil {
			t.Errorf("UnsentQueue = %d, OutputQueue = %d, %v, want some unsent and no fewer unacknowledged", unsent, all, err)
		}
	})
}

func TestOutputQueuePairs(t *testing.T) {
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		for _, want := range []bool{false, true} {
			if n, err := sock.OutputQueue(a); n > 0 != want || err != nil {
				t.Errorf("OutputQueue = %d, %v, want some: %t", n, err, want)
			}
			send(t, a, "abc")
		}
	})
}

func TestOptionBytes(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		var p [64]byte
		n, err := sock.GetsockoptBytes(a, sock.SOL_SOCKET, sock.SO_TYPE.Number(), p[:])
		if typ := binary.NativeEndian.Uint32(p[:]); n != 4 || err != nil || int(typ) != k.Type {
			t.Errorf("SO_TYPE = %d in %d bytes, %v, want %d in 4", typ, n, err, k.Type)
		}
		check(t, sock.SetsockoptBytes(a, sock.SOL_SOCKET, sock.SO_KEEPALIVE.Number(), p[:4]))
		if on, err := sock.Getsockopt(a, sock.SO_KEEPALIVE); !on || err != nil {
			t.Errorf("SO_KEEPALIVE = %t, %v, want true", on, err)
		}
	})
}

func TestSetInheritablePairs(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		for _, on := range []bool{true, false} {
			check(t, sock.SetInheritable(a, on))
			if flags, err := unix.FcntlInt(uintptr(a), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 != on {
				t.Errorf("SetInheritable(%t): flags %#x, %v", on, flags, err)
			}
		}
	})
}

// SocketError clears the socket's error.
func TestSocketError(t *testing.T) {
	forEachPair(t, kind.IsTCP, func(t *testing.T, a, b int, k kind) {
		check(t, sock.SocketError(b))
		check(t, sock.Setsockopt(a, sock.SO_LINGER, sock.Linger{Onoff: true}))
		shut(t, a)
		await(t, b, sock.POLLERR)
		if err := sock.SocketError(b); err != sock.ECONNRESET {
			t.Errorf("SocketError = %v, want ECONNRESET", err)
		}
		check(t, sock.SocketError(b))
	})
}

func TestConnectContextAccept4(t *testing.T) {
	forEachPair(t, kind.IsTCP, func(t *testing.T, a, b int, k kind) {
		l, client, flags := k.Bound(t), k.Socket(t), 0
		check(t, sock.Listen(l, 1))
		if k.Nonblock {
			flags = sock.SOCK_NONBLOCK
		}
		check(t, sock.ConnectContext(context.Background(), client, name(t, l)))
		fd, from, err := sock.Accept4(l, flags)
		check(t, err)
		own(t, fd)
		status, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if from != name(t, client) || err != nil || status&unix.O_NONBLOCK != 0 != k.Nonblock {
			t.Errorf("Accept4(%#x) = %v, %v with status flags %#x, want %v", flags, from, err, status, name(t, client))
		}
	})
}

// Dup3 closes c's old socket and makes c a duplicate of a.
func TestDup3Pairs(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		c, d := k.Pair(t)
		check(t, sock.Dup3(a, c, 0))
		shut(t, a)
		send(t, c, "from the duplicate")
		receive(t, b, 64, 0, "from the duplicate")
		if k.IsConnection() {
			receive(t, d, 64, 0, "")
		}
	})
}
