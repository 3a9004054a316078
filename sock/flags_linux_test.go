package sock_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func sendFlags(t *testing.T, fd int, s string, flags int) {
	t.Helper()
	if n, err := sock.Send(fd, []byte(s), flags); n != len(s) || err != nil {
		t.Fatalf("Send(%q, %#x) = %d, %v", s, flags, n, err)
	}
}

func TestUrgentData(t *testing.T) {
	forEachPair(t, kind.IsPlainTCP, func(t *testing.T, a, b int, k kind) {
		if n, err := sock.Recv(b, make([]byte, 8), sock.MSG_OOB); n != 0 || err != sock.EINVAL {
			t.Errorf("with none there: Recv = %d, %v, want EINVAL", n, err)
		}
		sendFlags(t, a, "ab!", sock.MSG_OOB)
		sendFlags(t, a, "cd", 0)
		await(t, b, sock.POLLPRI)
		receive(t, b, 64, sock.MSG_OOB, "!")
		// Recv stops at the mark.
		receive(t, b, 64, 0, "ab")
		receive(t, b, 64, 0, "cd")
	})
}

func TestUrgentDataInline(t *testing.T) {
	forEachPair(t, kind.IsPlainTCP, func(t *testing.T, a, b int, k kind) {
		check(t, sock.Setsockopt(b, sock.SO_OOBINLINE, true))
		sendFlags(t, a, "ab!", sock.MSG_OOB)
		sendFlags(t, a, "cd", 0)
		await(t, b, sock.POLLPRI)
		if n, err := sock.Recv(b, make([]byte, 8), sock.MSG_OOB); n != 0 || err != sock.EINVAL {
			t.Errorf("Recv with MSG_OOB = %d, %v, want EINVAL", n, err)
		}
		receive(t, b, 64, 0, "ab")
		p := make([]byte, 3)
		n, err := sock.Recv(b, p, 0)
		for n < len(p) && (err == nil || err == sock.EAGAIN) {
			await(t, b, sock.POLLIN)
			var m int
			m, err = sock.Recv(b, p[n:], 0)
			n += m
		}
		if string(p) != "!cd" || err != nil {
			t.Errorf("after the mark: %q, %v, want %q", p, err, "!cd")
		}
	})
}

func TestNoUrgentData(t *testing.T) {
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		n, err := sock.Send(a, []byte("x"), sock.MSG_OOB)
		if k.Domain == sock.AF_INET6 {
			// Only over IPv4 does the kernel refuse the flag.
			if n != 1 || err != nil {
				t.Errorf("Send = %d, %v, want a datagram like any other", n, err)
			}
		} else if n != 0 || err != sock.EOPNOTSUPP {
			t.Errorf("Send = %d, %v, want EOPNOTSUPP", n, err)
		}
	})
}

func TestPeekTakesNothing(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcdef")
		receive(t, b, 2, sock.MSG_PEEK, "ab")
		await(t, b, sock.POLLIN)
		p := make([]byte, 64)
		n, from, err := sock.Recvfrom(b, p, sock.MSG_PEEK)
		if n != 6 || err != nil || string(p[:n]) != "abcdef" || from.IsZero() != (k.IsStream() || !k.IsInet()) {
			t.Errorf("Recvfrom = %d, %v, %v, %q", n, from, err, p[:n])
		}
		receive(t, b, 64, 0, "abcdef")
	})
}

// On TCP, MSG_TRUNC discards the received bytes.
func TestTruncDiscards(t *testing.T) {
	forEachPair(t, kind.IsPlainTCP, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcdef")
		await(t, b, sock.POLLIN)
		p := []byte("....")
		if n, err := sock.Recv(b, p, sock.MSG_TRUNC); n != 4 || err != nil || string(p) != "...." {
			t.Errorf("Recv = %d, %v, %q, want 4, and nothing written", n, err, p)
		}
		receive(t, b, 64, 0, "ef")
	})
}

func TestWaitAll(t *testing.T) {
	forEachPair(t, kind.IsBlockingStream, func(t *testing.T, a, b int, k kind) {
		// It exceeds the buffers, so it can't all have arrived at once.
		go func() { socktest.SendAll(t, a, socktest.Large); sock.Shutdown(a, sock.SHUT_WR) }()
		p := make([]byte, len(socktest.Large)-3)
		n, err := sock.Recv(b, p, sock.MSG_WAITALL)
		// A signal ends the wait early, and Go's runtime sends some.
		for n < len(p) && err == nil {
			var m int
			m, err = sock.Retry(func() (int, error) { return sock.Recv(b, p[n:], sock.MSG_WAITALL) })
			if n += m; m == 0 {
				break
			}
		}
		if n != len(p) || err != nil {
			t.Errorf("Recv = %d, %v, want %d", n, err, len(p))
		}
		if n, err := sock.Recv(b, p, sock.MSG_WAITALL); n != 3 || err != nil {
			t.Errorf("at the end: Recv = %d, %v, want 3", n, err)
		}
	})
}

func TestMore(t *testing.T) {
	needKernel(t)
	isUDP := func(k kind) bool { return k.IsMessage() && k.IsInet() }
	forEachPair(t, isUDP, func(t *testing.T, a, b int, k kind) {
		sendFlags(t, a, "one ", sock.MSG_MORE)
		sendFlags(t, a, "two ", sock.MSG_MORE)
		if n, err := sock.Recv(b, make([]byte, 64), sock.MSG_DONTWAIT); n != 0 || err != sock.EAGAIN {
			t.Errorf("before the last part: Recv = %d, %v, want EAGAIN", n, err)
		}
		sendFlags(t, a, "three", 0)
		receive(t, b, 64, 0, "one two three")
	})
	forEachPair(t, kind.IsPlainTCP, func(t *testing.T, a, b int, k kind) {
		before := segments(t, a)
		sendFlags(t, a, "one ", sock.MSG_MORE)
		sendFlags(t, a, "two ", sock.MSG_MORE)
		if n := segments(t, a) - before; n != 0 {
			t.Errorf("%d segments sent before the last part, want 0", n)
		}
		sendFlags(t, a, "three", 0)
		receive(t, b, 64, 0, "one two three")
		if n := segments(t, a) - before; n != 1 {
			t.Errorf("%d segments sent, want 1", n)
		}
	})
}

// segments returns how many segments with data a TCP socket has sent.
func segments(t *testing.T, fd int) uint32 {
	t.Helper()
	info, err := sock.Getsockopt(fd, sock.TCP_INFO)
	check(t, err)
	return info.DataSegsOut
}

func TestDontWait(t *testing.T) {
	forEachPair(t, kind.IsStream, func(t *testing.T, a, b int, k kind) {
		check(t, sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16))
		n, err := 0, error(nil)
		for m := 0; err == nil && n < 1<<30; n += m {
			m, err = sock.Send(a, socktest.Large, sock.MSG_DONTWAIT)
		}
		if n == 0 || err != sock.EAGAIN {
			t.Errorf("Send of too much: %d bytes, %v, want EAGAIN after some", n, err)
		}
	})
}

func TestFastOpen(t *testing.T) {
	const both = 3 // net.ipv4.tcp_fastopen: enabled for clients and servers
	setting, err := os.ReadFile("/proc/sys/net/ipv4/tcp_fastopen")
	check(t, err)
	on, err := strconv.Atoi(strings.TrimSpace(string(setting)))
	check(t, err)
	if on&1 == 0 {
		t.Skipf("net.ipv4.tcp_fastopen is %d here", on)
	}
	for _, k := range socktest.Kinds {
		if !k.IsPlainTCP() || k.Name == "dual stack" {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			l := k.Bound(t)
			check(t, sock.Listen(l, 1))
			if on&both == both {
				check(t, sock.Setsockopt(l, sock.TCP_FASTOPEN, 8))
			}
			a := k.Socket(t)
			if n, err := sock.Sendto(a, []byte("hello"), sock.MSG_FASTOPEN, name(t, l)); n != 5 || err != nil {
				t.Fatalf("Sendto = %d, %v, want 5", n, err)
			}
			b, from, err := sock.Accept(l)
			check(t, err)
			own(t, b)
			if from != name(t, a) {
				t.Errorf("the client is %v, want %v", from, name(t, a))
			}
			receive(t, b, 64, 0, "hello")
			if n, err := sock.Sendto(a, []byte("again"), sock.MSG_FASTOPEN, name(t, l)); n != 0 || err != sock.EISCONN {
				t.Errorf("once connected: Sendto = %d, %v, want EISCONN", n, err)
			}
		})
	}
}
