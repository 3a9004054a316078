package sock_test

import (
	"context"
	"encoding/binary"
	"testing"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func init() {
	kinds = append(kinds, kind{name: "mptcp", domain: sock.AF_INET, typ: sock.SOCK_STREAM, proto: sock.IPPROTO_MPTCP, open: accepted})
}

// needKernel skips where an emulator answers in the kernel's place: qemu knows no TCP_INFO, nor some calls at all; it refuses
// empty batches, loses empty messages, and keeps descriptors that have no room.
func needKernel(t *testing.T) {
	t.Helper()
	fd := socket(t, kind{domain: sock.AF_INET, typ: sock.SOCK_STREAM})
	var p [8]byte
	if n, err := sock.GetsockoptBytes(fd, sock.IPPROTO_TCP, sock.TCP_INFO.Name(), p[:]); err != nil || n != len(p) {
		t.Skipf("an emulator stands between this program and the kernel: TCP_INFO has %d bytes, %v", n, err)
	}
}

func TestRealLength(t *testing.T) {
	forEachPair(t, kind.isMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcde")
		await(t, b, sock.POLLIN)
		p := make([]byte, 2)
		if n, err := sock.Recv(b, p, sock.MSG_TRUNC); n != 5 || err != nil || string(p) != "ab" {
			t.Fatalf("Recv = %d, %v, %q; want 5 and what fits", n, err, p)
		}
	})
}

func TestInputQueue(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		await(t, b, sock.POLLIN)
		if n, err := sock.InputQueue(b); n != 3 || err != nil {
			t.Errorf("InputQueue = %d, %v; want 3", n, err)
		}
		receive(t, b, 64, 0, "abc")
		if n, err := sock.InputQueue(b); n != 0 || err != nil {
			t.Errorf("InputQueue = %d, %v; want 0", n, err)
		}
	})
}

// What the peer's full window keeps back is unsent, and a part of what the peer hasn't acknowledged.
func TestUnsentQueue(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.isTCP, func(t *testing.T, a, b int, k kind) {
		if n, err := sock.UnsentQueue(a); n != 0 || err != nil {
			t.Errorf("of nothing: UnsentQueue = %d, %v", n, err)
		}
		check(t, sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16))
		if _, err := sock.SendAll(a, large, sock.MSG_DONTWAIT); err != sock.EAGAIN {
			t.Fatalf("SendAll: %v; want EAGAIN", err)
		}
		unsent, err := sock.UnsentQueue(a)
		check(t, err)
		if all, err := sock.OutputQueue(a); unsent == 0 || all < unsent || err != nil {
			t.Errorf("%d bytes are unsent, and unacknowledged are %d, %v", unsent, all, err)
		}
	})
}

func TestOutputQueue(t *testing.T) {
	forEachPair(t, kind.isLocal, func(t *testing.T, a, b int, k kind) {
		for _, want := range []bool{false, true} {
			if n, err := sock.OutputQueue(a); n > 0 != want || err != nil {
				t.Errorf("OutputQueue = %d, %v; want some: %t", n, err, want)
			}
			send(t, a, "abc")
		}
	})
}

func TestOptionBytes(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		var p [64]byte
		n, err := sock.GetsockoptBytes(a, sock.SOL_SOCKET, sock.SO_TYPE.Name(), p[:])
		if typ := binary.NativeEndian.Uint32(p[:]); n != 4 || err != nil || int(typ) != k.typ {
			t.Errorf("SO_TYPE has %d bytes, %v, and is %d; want 4, %d", n, err, typ, k.typ)
		}
		check(t, sock.SetsockoptBytes(a, sock.SOL_SOCKET, sock.SO_KEEPALIVE.Name(), p[:4]))
		if on, err := sock.Getsockopt(a, sock.SO_KEEPALIVE); !on || err != nil {
			t.Errorf("SO_KEEPALIVE is %t, %v", on, err)
		}
	})
}

func TestSetInheritable(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		for _, on := range []bool{true, false} {
			check(t, sock.SetInheritable(a, on))
			if flags, err := unix.FcntlInt(uintptr(a), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 != on {
				t.Errorf("SetInheritable(%t): flags %#x, %v", on, flags, err)
			}
		}
	})
}

// A socket's error can be taken once.
func TestSocketError(t *testing.T) {
	forEachPair(t, kind.isTCP, func(t *testing.T, a, b int, k kind) {
		check(t, sock.SocketError(b))
		check(t, sock.Setsockopt(a, sock.SO_LINGER, sock.Linger{Onoff: true}))
		shut(t, a)
		await(t, b, sock.POLLERR)
		if err := sock.SocketError(b); err != sock.ECONNRESET {
			t.Errorf("SocketError = %v; want ECONNRESET", err)
		}
		check(t, sock.SocketError(b))
	})
}

func TestConnectContextAccept4(t *testing.T) {
	forEachPair(t, kind.isTCP, func(t *testing.T, a, b int, k kind) {
		l, client, flags := bound(t, k), socket(t, k), 0
		check(t, sock.Listen(l, 1))
		if k.nonblock {
			flags = sock.SOCK_NONBLOCK
		}
		check(t, sock.ConnectContext(context.Background(), client, name(t, l)))
		fd, from, err := sock.Accept4(l, flags)
		check(t, err)
		own(t, fd)
		status, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if from != name(t, client) || err != nil || status&unix.O_NONBLOCK != 0 != k.nonblock {
			t.Errorf("Accept4(%#x): from %v, status %#x, %v; want it from %v", flags, from, status, err, name(t, client))
		}
	})
}

// What c was is closed, and it is another descriptor of a.
func TestDup3(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		c, d := k.open(t, k)
		check(t, sock.Dup3(a, c, 0))
		shut(t, a)
		send(t, c, "from the duplicate")
		receive(t, b, 64, 0, "from the duplicate")
		if k.isConnection() {
			receive(t, d, 64, 0, "")
		}
	})
}
