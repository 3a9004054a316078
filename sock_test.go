//go:build unix

package sock_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func send(t *testing.T, fd int, s string) {
	t.Helper()
	if n, err := sock.Send(fd, []byte(s), 0); n != len(s) || err != nil {
		t.Fatalf("Send = %d, %v; want %d", n, err, len(s))
	}
}

// receive checks what the next Recv into size bytes gives.
func receive(t *testing.T, fd, size, flags int, want string) {
	t.Helper()
	await(t, fd, sock.POLLIN)
	p := make([]byte, size)
	n, err := sock.Recv(fd, p, flags)
	if err != nil || n != len(want) || string(p[:min(n, size)]) != want {
		t.Fatalf("Recv = %d, %v, %q; want %q", n, err, p, want)
	}
}

func TestSendRecv(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "there")
		receive(t, b, 64, 0, "there")
		send(t, b, "and back")
		receive(t, a, 64, 0, "and back")
	})
}

// TrySend and TryRecv never wait, whether the socket blocks or not.
func TestTry(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		p := make([]byte, 64)
		if n, err := sock.TryRecv(b, p, 0); n != 0 || err != sock.EAGAIN {
			t.Fatalf("TryRecv of nothing = %d, %v; want EAGAIN", n, err)
		}
		if n, err := sock.TrySend(a, []byte("there"), 0); n != 5 || err != nil {
			t.Fatalf("TrySend = %d, %v; want 5", n, err)
		}
		await(t, b, sock.POLLIN)
		if n, err := sock.TryRecv(b, p, sock.MSG_PEEK); string(p[:n]) != "there" || err != nil {
			t.Fatalf("TryRecv = %q, %v; want there", p[:n], err)
		}
		receive(t, b, 64, 0, "there")
	})
}

func TestSendtoNobody(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		if n, err := sock.Sendto(a, []byte("hello"), 0, sock.Sockaddr{}); n != 5 || err != nil {
			t.Fatalf("Sendto = %d, %v", n, err)
		}
		var want sock.Sockaddr
		if k.isInet() && k.isMessage() {
			want = name(t, a)
		}
		await(t, b, sock.POLLIN)
		p := make([]byte, 64)
		n, from, err := sock.Recvfrom(b, p, 0)
		if n != 5 || err != nil || string(p[:n]) != "hello" || from != want {
			t.Fatalf("Recvfrom = %d, %v, %v, %q; want it from %q", n, from, err, p[:n], want)
		}
	})
}

func TestEmptySend(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "")
		send(t, a, "x")
		if k.isMessage() {
			receive(t, b, 64, 0, "")
		}
		receive(t, b, 64, 0, "x")
	})
}

func TestShortReceive(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcde")
		receive(t, b, 3, 0, "abc")
		if k.isStream() {
			receive(t, b, 64, 0, "de")
			return
		}
		send(t, a, "next")
		receive(t, b, 64, 0, "next")
	})
}

func TestPeek(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		receive(t, b, 64, sock.MSG_PEEK, "abc")
		receive(t, b, 64, 0, "abc")
		if _, err := sock.Recv(b, make([]byte, 64), sock.MSG_DONTWAIT); err != sock.EAGAIN {
			t.Fatalf("after the message was taken: %v", err)
		}
	})
}

func TestNothingToReceive(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		flags := 0
		if !k.nonblock {
			flags = sock.MSG_DONTWAIT
		}
		if n, err := sock.Recv(b, make([]byte, 64), flags); n != 0 || err != sock.EAGAIN {
			t.Errorf("Recv = %d, %#v; want EAGAIN", n, err)
		}
		if n, from, err := sock.Recvfrom(b, make([]byte, 64), flags); n != 0 || !from.IsZero() || err != sock.EAGAIN {
			t.Errorf("Recvfrom = %d, %v, %#v; want EAGAIN", n, from, err)
		}
	})
}

func TestReceiveTimeout(t *testing.T) {
	forEachPair(t, kind.isBlocking, func(t *testing.T, a, b int, k kind) {
		check(t, sock.Setsockopt(b, sock.SO_RCVTIMEO, time.Millisecond))
		n, err := sock.Retry(func() (int, error) { return sock.Recv(b, make([]byte, 64), 0) })
		if n != 0 || err != sock.EAGAIN {
			t.Fatalf("Recv = %d, %v; want EAGAIN", n, err)
		}
	})
}

func TestShutdown(t *testing.T) {
	forEachPair(t, kind.isConnection, func(t *testing.T, a, b int, k kind) {
		send(t, a, "last words")
		check(t, sock.Shutdown(a, sock.SHUT_WR))
		receive(t, b, 64, 0, "last words")
		receive(t, b, 64, 0, "")
		receive(t, b, 64, 0, "")
		send(t, b, "heard")
		receive(t, a, 64, 0, "heard")
		if n, err := sock.Send(a, []byte("x"), 0); n != 0 || err != sock.EPIPE {
			t.Errorf("Send after SHUT_WR = %d, %v; want EPIPE", n, err)
		}
	})
}

// sendAll goes on where SendAll had to stop for want of room.
func sendAll(t *testing.T, fd int, p []byte) {
	n, err := sock.SendAll(fd, p, 0)
	for err == sock.EAGAIN {
		p = p[n:]
		await(t, fd, sock.POLLOUT)
		n, err = sock.SendAll(fd, p, 0)
	}
	if err != nil || n != len(p) {
		t.Errorf("SendAll = %d, %v; want %d", n, err, len(p))
	}
}

// large is more than any socket's buffers hold.
var large = bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)

func TestSendAllRecvFull(t *testing.T) {
	forEachPair(t, kind.isStream, func(t *testing.T, a, b int, k kind) {
		done := make(chan struct{})
		defer func() { <-done }()
		go func() { defer close(done); sendAll(t, a, large) }()
		got := make([]byte, len(large))
		n, err := sock.RecvFull(b, got)
		for err == sock.EAGAIN {
			await(t, b, sock.POLLIN)
			var m int
			m, err = sock.RecvFull(b, got[n:])
			n += m
		}
		if err != nil || n != len(large) || !bytes.Equal(got, large) {
			t.Fatalf("RecvFull = %d, %v; want %d and the same bytes", n, err, len(large))
		}
	})
}

func TestSendAllRecvAll(t *testing.T) {
	forEachPair(t, kind.isBlockingStream, func(t *testing.T, a, b int, k kind) {
		done := make(chan struct{})
		defer func() { <-done }()
		go func() { defer close(done); sendAll(t, a, large); sock.Shutdown(a, sock.SHUT_WR) }()
		if got, err := sock.RecvAll(b, len(large)); err != nil || !bytes.Equal(got, large) {
			t.Fatalf("RecvAll: %d bytes, %v; want %d and the same bytes", len(got), err, len(large))
		}
	})
}

func TestRecvAllLimit(t *testing.T) {
	tests := []struct {
		sent  string
		limit int
		want  string
		err   error
		rest  string
	}{
		{"", 0, "", nil, ""},
		{"", 10, "", nil, ""},
		{"abc", 10, "abc", nil, ""},
		{"abc", 3, "abc", nil, ""},
		{"abc", 2, "ab", sock.EMSGSIZE, "c"},
		{"abc", 0, "", sock.EMSGSIZE, "abc"},
		{"abc", -1, "", sock.EMSGSIZE, "abc"},
		{"abc", math.MaxInt, "abc", nil, ""},
	}
	forEachPair(t, kind.isBlockingStream, func(t *testing.T, a, b int, k kind) {
		for _, test := range tests {
			a, b := k.open(t, k)
			send(t, a, test.sent)
			check(t, sock.Shutdown(a, sock.SHUT_WR))
			if got, err := sock.RecvAll(b, test.limit); string(got) != test.want || err != test.err {
				t.Errorf("RecvAll(%d) of %q = %q, %v; want %q, %v", test.limit, test.sent, got, err, test.want, test.err)
			}
			receive(t, b, 64, 0, test.rest)
		}
	})
}

func TestRecvFullAtEnd(t *testing.T) {
	forEachPair(t, kind.isBlockingStream, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		check(t, sock.Shutdown(a, sock.SHUT_WR))
		p := make([]byte, 64)
		if n, err := sock.RecvFull(b, p); n != 3 || err != nil || string(p[:n]) != "abc" {
			t.Fatalf("RecvFull = %d, %v, %q; want 3", n, err, p[:n])
		}
	})
}

func TestNames(t *testing.T) {
	forEachPair(t, kind.isInet, func(t *testing.T, a, b int, k kind) {
		peer, err := sock.Getpeername(b)
		check(t, err)
		own := name(t, a)
		if own.Family() != peer.Family() {
			// One end speaks IPv4 and the other sees it mapped.
			ap, bp := own.AddrPort(), peer.AddrPort()
			if ap.Port() != bp.Port() || ap.Addr().Unmap() != bp.Addr().Unmap() {
				t.Fatalf("one end is %v, the other's peer %v", own, peer)
			}
			return
		}
		if own != peer {
			t.Fatalf("one end is %v, the other's peer %v", own, peer)
		}
	})
}

func TestPoll(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		fds := []sock.Pollfd{{Fd: int32(b), Events: sock.POLLIN}}
		if n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 0) }); n != 0 || err != nil || fds[0].Revents != 0 {
			t.Fatalf("of a silent peer: Poll = %d, %v, %#x", n, err, fds[0].Revents)
		}
		await(t, a, sock.POLLOUT)
		send(t, a, "x")
		await(t, b, sock.POLLIN)
	})
}

func TestSetNonblock(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		for _, on := range []bool{!k.nonblock, k.nonblock} {
			check(t, sock.SetNonblock(a, on))
			flags, err := unix.FcntlInt(uintptr(a), unix.F_GETFL, 0)
			if err != nil || flags&unix.O_NONBLOCK != 0 != on {
				t.Errorf("SetNonblock(%t): flags %#x, %v", on, flags, err)
			}
		}
	})
}

func TestReset(t *testing.T) {
	tests := []struct {
		name string
		is   func(kind) bool
		arm  func(t *testing.T, a, b int)
	}{
		{"unread data", kind.isStream, func(t *testing.T, a, b int) {
			send(t, b, "unread")
			await(t, a, sock.POLLIN)
		}},
		{"linger", kind.isTCP, func(t *testing.T, a, b int) {
			check(t, sock.Setsockopt(a, sock.SO_LINGER, sock.Linger{Onoff: true}))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			forEachPair(t, test.is, func(t *testing.T, a, b int, k kind) {
				test.arm(t, a, b)
				shut(t, a)
				await(t, b, sock.POLLIN|sock.POLLERR)
				if n, err := sock.Recv(b, make([]byte, 64), 0); n != 0 || err != sock.ECONNRESET {
					t.Errorf("Recv = %d, %v; want ECONNRESET", n, err)
				}
			})
		})
	}
}
