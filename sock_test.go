//go:build unix

package sock_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { socktest.Main(m) }

func TestSendRecv(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Send(t, a, "there")
		socktest.Receive(t, b, 64, 0, "there")
		socktest.Send(t, b, "and back")
		socktest.Receive(t, a, 64, 0, "and back")
	})
}

// TrySend and TryRecv never wait, whether the socket blocks or not.
func TestTry(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		p := make([]byte, 64)
		if n, err := sock.TryRecv(b, p, 0); n != 0 || err != sock.EAGAIN {
			t.Fatalf("TryRecv without data = %d, %v, want EAGAIN", n, err)
		}
		if n, err := sock.TrySend(a, []byte("there"), 0); n != 5 || err != nil {
			t.Fatalf("TrySend = %d, %v, want 5", n, err)
		}
		socktest.Await(t, b, sock.POLLIN)
		if n, err := sock.TryRecv(b, p, sock.MSG_PEEK); string(p[:n]) != "there" || err != nil {
			t.Fatalf("TryRecv = %q, %v, want there", p[:n], err)
		}
		socktest.Receive(t, b, 64, 0, "there")
	})
}

func TestSendtoNobody(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		if n, err := sock.Sendto(a, []byte("hello"), 0, sock.Sockaddr{}); n != 5 || err != nil {
			t.Fatalf("Sendto without an address = %d, %v, want 5", n, err)
		}
		var want sock.Sockaddr
		if k.IsInet() && k.IsMessage() {
			want = socktest.Name(t, a)
		}
		socktest.Await(t, b, sock.POLLIN)
		p := make([]byte, 64)
		n, from, err := sock.Recvfrom(b, p, 0)
		if n != 5 || err != nil || string(p[:n]) != "hello" || from != want {
			t.Fatalf("Recvfrom = %d, %v, %v, %q, want hello from %q", n, from, err, p[:n], want)
		}
	})
}

func TestEmptySend(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Send(t, a, "")
		socktest.Send(t, a, "x")
		if k.IsMessage() {
			socktest.Receive(t, b, 64, 0, "")
		}
		socktest.Receive(t, b, 64, 0, "x")
	})
}

func TestShortReceive(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Send(t, a, "abcde")
		socktest.Receive(t, b, 3, 0, "abc")
		if k.IsStream() {
			socktest.Receive(t, b, 64, 0, "de")
			return
		}
		socktest.Send(t, a, "next")
		socktest.Receive(t, b, 64, 0, "next")
	})
}

func TestPeek(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Send(t, a, "abc")
		socktest.Receive(t, b, 64, sock.MSG_PEEK, "abc")
		socktest.Receive(t, b, 64, 0, "abc")
		if _, err := sock.Recv(b, make([]byte, 64), sock.MSG_DONTWAIT); err != sock.EAGAIN {
			t.Fatalf("second Recv without MSG_PEEK: %v, want EAGAIN", err)
		}
	})
}

func TestNothingToReceive(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		flags := 0
		if !k.Nonblock {
			flags = sock.MSG_DONTWAIT
		}
		if n, err := sock.Recv(b, make([]byte, 64), flags); n != 0 || err != sock.EAGAIN {
			t.Errorf("Recv = %d, %#v, want EAGAIN", n, err)
		}
		if n, from, err := sock.Recvfrom(b, make([]byte, 64), flags); n != 0 || !from.IsZero() || err != sock.EAGAIN {
			t.Errorf("Recvfrom = %d, %v, %#v, want EAGAIN", n, from, err)
		}
	})
}

func TestReceiveTimeout(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsBlocking, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Check(t, sock.Setsockopt(b, sock.SO_RCVTIMEO, time.Millisecond))
		n, err := sock.Retry(func() (int, error) { return sock.Recv(b, make([]byte, 64), 0) })
		if n != 0 || err != sock.EAGAIN {
			t.Fatalf("Recv = %d, %v, want EAGAIN", n, err)
		}
	})
}

func TestShutdown(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsConnection, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Send(t, a, "last words")
		socktest.Check(t, sock.Shutdown(a, sock.SHUT_WR))
		socktest.Receive(t, b, 64, 0, "last words")
		socktest.Receive(t, b, 64, 0, "")
		socktest.Receive(t, b, 64, 0, "")
		socktest.Send(t, b, "heard")
		socktest.Receive(t, a, 64, 0, "heard")
		if n, err := sock.Send(a, []byte("x"), 0); n != 0 || err != sock.EPIPE {
			t.Errorf("Send after SHUT_WR = %d, %v, want EPIPE", n, err)
		}
	})
}

func TestSendAllRecvFull(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsStream, func(t *testing.T, a, b int, k socktest.Kind) {
		done := make(chan struct{})
		defer func() { <-done }()
		go func() { defer close(done); socktest.SendAll(t, a, socktest.Large) }()
		got := make([]byte, len(socktest.Large))
		n, err := sock.RecvFull(b, got)
		for err == sock.EAGAIN {
			socktest.Await(t, b, sock.POLLIN)
			var m int
			m, err = sock.RecvFull(b, got[n:])
			n += m
		}
		if err != nil || n != len(socktest.Large) || !bytes.Equal(got, socktest.Large) {
			t.Fatalf("RecvFull = %d, %v, want %d and the same bytes", n, err, len(socktest.Large))
		}
	})
}

func TestSendAllRecvAll(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsBlockingStream, func(t *testing.T, a, b int, k socktest.Kind) {
		done := make(chan struct{})
		defer func() { <-done }()
		go func() { defer close(done); socktest.SendAll(t, a, socktest.Large); sock.Shutdown(a, sock.SHUT_WR) }()
		if got, err := sock.RecvAll(b, len(socktest.Large)); err != nil || !bytes.Equal(got, socktest.Large) {
			t.Fatalf("RecvAll: %d bytes, %v, want %d and the same bytes", len(got), err, len(socktest.Large))
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
	socktest.ForEachPair(t, socktest.Kind.IsBlockingStream, func(t *testing.T, a, b int, k socktest.Kind) {
		for _, test := range tests {
			a, b := k.Pair(t)
			socktest.Send(t, a, test.sent)
			socktest.Check(t, sock.Shutdown(a, sock.SHUT_WR))
			if got, err := sock.RecvAll(b, test.limit); string(got) != test.want || err != test.err {
				t.Errorf("RecvAll(%d) of %q = %q, %v, want %q, %v", test.limit, test.sent, got, err, test.want, test.err)
			}
			socktest.Receive(t, b, 64, 0, test.rest)
		}
	})
}

func TestRecvFullAtEnd(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsBlockingStream, func(t *testing.T, a, b int, k socktest.Kind) {
		socktest.Send(t, a, "abc")
		socktest.Check(t, sock.Shutdown(a, sock.SHUT_WR))
		p := make([]byte, 64)
		if n, err := sock.RecvFull(b, p); n != 3 || err != nil || string(p[:n]) != "abc" {
			t.Fatalf("RecvFull = %d, %v, %q, want 3", n, err, p[:n])
		}
	})
}

func TestNames(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsInet, func(t *testing.T, a, b int, k socktest.Kind) {
		peer, err := sock.Getpeername(b)
		socktest.Check(t, err)
		own, err := sock.Getsockname(a)
		socktest.Check(t, err)
		if own.Family() != peer.Family() {
			// One end is IPv4, and the other sees its address IPv4-mapped.
			ap, bp := own.AddrPort(), peer.AddrPort()
			if ap.Port() != bp.Port() || ap.Addr().Unmap() != bp.Addr().Unmap() {
				t.Fatalf("Getpeername = %v, want the other end's Getsockname, %v", peer, own)
			}
			return
		}
		if own != peer {
			t.Fatalf("Getpeername = %v, want the other end's Getsockname, %v", peer, own)
		}
	})
}

func TestPoll(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		fds := []sock.Pollfd{{Fd: int32(b), Events: sock.POLLIN}}
		if n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 0) }); n != 0 || err != nil || fds[0].Revents != 0 {
			t.Fatalf("Poll without data = %d, %v, revents %#x, want 0", n, err, fds[0].Revents)
		}
		socktest.Await(t, a, sock.POLLOUT)
		socktest.Send(t, a, "x")
		socktest.Await(t, b, sock.POLLIN)
	})
}

func TestSetNonblock(t *testing.T) {
	socktest.ForEachPair(t, socktest.Kind.IsAny, func(t *testing.T, a, b int, k socktest.Kind) {
		for _, on := range []bool{!k.Nonblock, k.Nonblock} {
			socktest.Check(t, sock.SetNonblock(a, on))
			flags, err := unix.FcntlInt(uintptr(a), unix.F_GETFL, 0)
			if err != nil || flags&unix.O_NONBLOCK != 0 != on {
				t.Errorf("SetNonblock(%t): F_GETFL = %#x, %v", on, flags, err)
			}
		}
	})
}

func TestReset(t *testing.T) {
	tests := []struct {
		name string
		is   func(socktest.Kind) bool
		arm  func(t *testing.T, a, b int)
	}{
		{"unread data", socktest.Kind.IsStream, func(t *testing.T, a, b int) {
			socktest.Send(t, b, "unread")
			socktest.Await(t, a, sock.POLLIN)
		}},
		{"linger", socktest.Kind.IsTCP, func(t *testing.T, a, b int) {
			socktest.Check(t, sock.Setsockopt(a, sock.SO_LINGER, sock.Linger{Onoff: true}))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			socktest.ForEachPair(t, test.is, func(t *testing.T, a, b int, k socktest.Kind) {
				test.arm(t, a, b)
				socktest.Shut(t, a)
				socktest.Await(t, b, sock.POLLIN|sock.POLLERR)
				if n, err := sock.Recv(b, make([]byte, 64), 0); n != 0 || err != sock.ECONNRESET {
					t.Errorf("Recv = %d, %v, want ECONNRESET", n, err)
				}
			})
		})
	}
}
