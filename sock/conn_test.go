//go:build unix

package sock_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/net/nettest"
)

// forEachConn is forEachPair with Conns that own the descriptors.
func forEachConn(t *testing.T, is func(kind) bool, test func(t *testing.T, a, b *sock.Conn, k kind)) {
	forEachPair(t, func(k kind) bool { return k.IsBlocking() && is(k) }, func(t *testing.T, a, b int, k kind) {
		test(t, conn(t, a), conn(t, b), k)
	})
}

// conn returns a Conn that takes over a descriptor from the test.
func conn(t *testing.T, fd int) *sock.Conn {
	t.Helper()
	socktest.Disown(fd)
	c, err := sock.NewConn(fd)
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// TestNettest tests the contract of net.Conn with golang.org/x/net/nettest.
func TestNettest(t *testing.T) {
	for _, k := range socktest.Kinds {
		if !k.IsStream() {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			k.Pair(t) // skips the test if there are no such sockets
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				a, b := k.Pair(t)
				socktest.Disown(a)
				socktest.Disown(b)
				one, err := sock.NewConn(a)
				check(t, err)
				other, err := sock.NewConn(b)
				check(t, err)
				return one, other, func() { one.Close(); other.Close() }, nil
			})
		})
	}
}

// TestNettestDialer is TestNettest for Dialer and ListenConfig.
func TestNettestDialer(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				address := map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")}[network]
				l, err := new(sock.ListenConfig).Listen(t.Context(), network, address)
				check(t, err)
				defer l.Close()
				c1, err = new(sock.Dialer).DialContext(t.Context(), network, l.Addr().String())
				check(t, err)
				c2, err = l.Accept()
				check(t, err)
				return c1, c2, func() { c1.Close(); c2.Close() }, nil
			})
		})
	}
}

func TestConnTransfers(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		p := make([]byte, 64)
		if n, err := a.Send([]byte("send"), 0); n != 4 || err != nil {
			t.Fatalf("Send = %d, %v", n, err)
		}
		if n, err := b.Recv(p, 0); string(p[:n]) != "send" || err != nil {
			t.Fatalf("Recv = %q, %v", p[:n], err)
		}
		if n, err := a.Sendto([]byte("sendto"), 0, sock.Sockaddr{}); n != 6 || err != nil {
			t.Fatalf("Sendto = %d, %v", n, err)
		}
		n, from, err := b.Recvfrom(p, 0)
		if string(p[:n]) != "sendto" || err != nil {
			t.Fatalf("Recvfrom = %q, %v", p[:n], err)
		}
		if peer, _ := sock.SockaddrOf(b.RemoteAddr()); k.IsInet() && k.IsMessage() && from != peer {
			t.Fatalf("Recvfrom gave the address %v, want %v", from, peer)
		}
		if n, err := a.Write([]byte("write")); n != 5 || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
		if n, err := b.Read(p); string(p[:n]) != "write" || err != nil {
			t.Fatalf("Read = %q, %v", p[:n], err)
		}
	})
}

func TestConnEmptyDatagram(t *testing.T) {
	forEachConn(t, func(k kind) bool { return k.Type == sock.SOCK_DGRAM }, func(t *testing.T, a, b *sock.Conn, k kind) {
		if _, err := a.Write(nil); err != nil {
			t.Fatal(err)
		}
		if n, err := b.Read(make([]byte, 8)); n != 0 || err != nil {
			t.Fatalf("Read = %d, %v, want 0 and no error for an empty datagram", n, err)
		}
	})
}

func TestConnEnd(t *testing.T) {
	forEachConn(t, kind.IsConnection, func(t *testing.T, a, b *sock.Conn, k kind) {
		check(t, a.CloseWrite())
		if n, err := b.Recv(make([]byte, 8), 0); n != 0 || err != nil {
			t.Fatalf("Recv = %d, %v, want 0 and no error, as in C", n, err)
		}
		if _, err := b.Read(make([]byte, 8)); err != io.EOF {
			t.Fatalf("Read: %v, want io.EOF", err)
		}
		if _, err := b.Write([]byte("still")); err != nil {
			t.Fatal("write in the other direction:", err)
		}
		if _, err := a.Write([]byte("x")); !errors.Is(err, sock.EPIPE) {
			t.Fatalf("Write after CloseWrite: %v, want EPIPE", err)
		}
	})
}

// waits are the calls that wait for the peer.
var waits = map[string]func(c *sock.Conn) error{
	"Recv":     func(c *sock.Conn) error { _, err := c.Recv(make([]byte, 8), 0); return err },
	"Recvfrom": func(c *sock.Conn) error { _, _, err := c.Recvfrom(make([]byte, 8), 0); return err },
	"Read":     func(c *sock.Conn) error { _, err := c.Read(make([]byte, 8)); return err },
	"Write":    func(c *sock.Conn) error { return repeat(func() (int, error) { return c.Write(make([]byte, 1<<15)) }) },
	"Send":     func(c *sock.Conn) error { return repeat(func() (int, error) { return c.Send(make([]byte, 1<<15), 0) }) },
	"Sendto": func(c *sock.Conn) error {
		return repeat(func() (int, error) { return c.Sendto(make([]byte, 1<<15), 0, sock.Sockaddr{}) })
	},
}

// repeat calls f until it fails.
func repeat(f func() (int, error)) error {
	for {
		if _, err := f(); err != nil {
			return err
		}
	}
}

// forEachWait runs a test for each call that waits, over each kind of socket on which it can: a UDP send doesn't wait.
func forEachWait(t *testing.T, test func(t *testing.T, c *sock.Conn, wait func(*sock.Conn) error)) {
	for name, wait := range waits {
		isSend := name == "Write" || strings.HasPrefix(name, "Send")
		waits := func(k kind) bool { return !isSend || !k.IsInet() || k.IsStream() }
		t.Run(name, func(t *testing.T) {
			forEachConn(t, waits, func(t *testing.T, a, b *sock.Conn, k kind) { test(t, a, wait) })
		})
	}
}

func TestDeadlineWakes(t *testing.T) {
	forEachWait(t, func(t *testing.T, c *sock.Conn, wait func(*sock.Conn) error) {
		check(t, c.SetDeadline(time.Now().Add(10*time.Millisecond)))
		if err := wait(c); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("got %v, want os.ErrDeadlineExceeded", err)
		}
	})
}

func TestCloseWakes(t *testing.T) {
	forEachWait(t, func(t *testing.T, c *sock.Conn, wait func(*sock.Conn) error) {
		failed := make(chan error)
		go func() { failed <- wait(c) }()
		check(t, c.Close())
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Fatalf("got %v, want net.ErrClosed", err)
		}
		check(t, c.Close())
	})
}

func TestConnAfterClose(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		local := a.LocalAddr().String()
		check(t, a.Close())
		for name, call := range map[string]func() error{
			"SetDeadline": func() error { return a.SetDeadline(time.Time{}) },
			"Control":     func() error { return a.Control(func(int) error { return nil }) },
			"Shutdown":    func() error { return a.Shutdown(sock.SHUT_RDWR) },
			"CloseWrite":  a.CloseWrite,
			"Read":        func() error { return waits["Read"](a) },
			"Read of 0":   func() error { _, err := a.Read(nil); return err },
			"Write":       func() error { return waits["Write"](a) },
			"Accept":      func() error { _, err := a.Accept(); return err },
			"Detach":      func() error { _, err := a.Detach(); return err },
			"File":        func() error { _, err := a.File(); return err },
			"DupConn":     func() error { _, err := sock.DupConn(a); return err },
			"Connect":     func() error { return a.Connect(t.Context(), sock.Unspec()) },
		} {
			if err := call(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: %v, want net.ErrClosed", name, err)
			}
		}
		if got := a.LocalAddr().String(); got != local {
			t.Errorf("LocalAddr = %q after Close, want %q as before", got, local)
		}
	})
}

// TestWriteIsWhole has a slow reader, so that the socket's buffer fills, and two writers whose bytes may not mix.
func TestWriteIsWhole(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		const size = 1 << 20
		var writers sync.WaitGroup
		for _, c := range "xy" {
			writers.Go(func() {
				if n, err := a.Write([]byte(strings.Repeat(string(c), size))); n != size || err != nil {
					t.Errorf("Write = %d, %v, want %d", n, err, size)
				}
			})
		}
		got := make([]byte, 2*size)
		if _, err := io.ReadFull(b, got); err != nil {
			t.Fatal(err)
		}
		writers.Wait()
		first, second := string(got[:1]), string(got[size:size+1])
		if first == second || string(got) != strings.Repeat(first, size)+strings.Repeat(second, size) {
			t.Fatal("the bytes of two writes are mixed")
		}
	})
}

// With MSG_DONTWAIT, Conn's calls don't wait.
func TestDontwait(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		if _, err := a.Recv(make([]byte, 8), sock.MSG_DONTWAIT); !errors.Is(err, sock.EAGAIN) {
			t.Fatalf("got %v, want EAGAIN", err)
		}
	})
}

func TestConnErrors(t *testing.T) {
	forEachConn(t, kind.IsTCP, func(t *testing.T, a, b *sock.Conn, k kind) {
		check(t, b.Control(func(fd int) error { return sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true}) }))
		check(t, b.Close())
		_, err := a.Recv(make([]byte, 8), 0)
		var call *os.SyscallError
		if !errors.As(err, &call) || call.Syscall != "recv" || call.Err != sock.ECONNRESET {
			t.Errorf("Recv: %v, want recv: ECONNRESET", err)
		}
		_, err = a.Write([]byte("x"))
		var op *net.OpError
		if !errors.As(err, &op) || op.Op != "write" || op.Addr == nil || op.Source == nil || !errors.Is(err, sock.EPIPE) {
			t.Errorf("Write: %v, want a *net.OpError with both addresses and EPIPE", err)
		}
	})
}

func TestNotASocket(t *testing.T) {
	f, err := os.Open(os.DevNull)
	check(t, err)
	defer f.Close()
	fd, err := sock.Dup(int(f.Fd()))
	check(t, err)
	if _, err := sock.NewConn(fd); !errors.Is(err, sock.ENOTSOCK) {
		t.Errorf("got %v, want ENOTSOCK", err)
	}
	if _, err := sock.NewConn(-1); !errors.Is(err, sock.EBADF) {
		t.Errorf("got %v, want EBADF", err)
	}
}

// After Close, LocalAddr has package net's type even if it is called for the first time: programs assert the type.
func TestLocalAddrAskedTooLate(t *testing.T) {
	forEachListener(t, kind.IsAny, func(t *testing.T, l *sock.Conn, k kind) {
		dialed(t, l, k)
		c, err := l.Accept()
		check(t, err)
		check(t, c.Close())
		if got, want := reflect.TypeOf(c.LocalAddr()), reflect.TypeOf(l.LocalAddr()); got != want {
			t.Errorf("LocalAddr after Close is a %v, want a %v", got, want)
		}
	})
}
