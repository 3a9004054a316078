//go:build unix

package sock_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// listening is a Conn that listens on a loopback port, or path, of the kind's.
func listening(t *testing.T, k kind) *sock.Conn {
	t.Helper()
	c, err := sock.ListenConn(freeAddress(t, k), sock.ServerOptions{Type: k.typ, Protocol: k.proto, DualStack: k.name == "dual stack"})
	checkSocket(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// checkSocket skips a test where there is no such socket or address.
func checkSocket(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, sock.EAFNOSUPPORT) || errors.Is(err, sock.EADDRNOTAVAIL) || errors.Is(err, sock.EPROTONOSUPPORT) {
		t.Skip("this machine has no such socket: ", err)
	}
	check(t, err)
}

func freeAddress(t *testing.T, k kind) sock.Sockaddr {
	switch {
	case k.domain == sock.AF_UNIX:
		sa, err := sock.Unix(filepath.Join(t.TempDir(), "s"))
		check(t, err)
		return sa
	case k.name == "dual stack":
		return inet("[::]:0")
	case k.domain == sock.AF_INET6:
		return inet("[::1]:0")
	}
	return inet("127.0.0.1:0")
}

// address is where clients reach a listener, one of both families as clients of IPv4.
func address(t *testing.T, l *sock.Conn) sock.Sockaddr {
	t.Helper()
	sa, err := sock.SockaddrOf(l.LocalAddr())
	check(t, err)
	if ap := sa.AddrPort(); ap.Addr() == netip.IPv6Unspecified() {
		return sock.Inet(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port()))
	}
	return sa
}

func forEachListener(t *testing.T, is func(kind) bool, test func(t *testing.T, l *sock.Conn, k kind)) {
	for _, k := range kinds {
		if k.isConnection() && is(k) {
			t.Run(k.name, func(t *testing.T) { test(t, listening(t, k), k) })
		}
	}
}

func dialed(t *testing.T, l *sock.Conn, k kind) *sock.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := sock.DialConn(ctx, address(t, l), sock.DialOptions{Type: k.typ, Protocol: k.proto})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

func TestListenDialAccept(t *testing.T) {
	forEachListener(t, kind.isAny, func(t *testing.T, l *sock.Conn, k kind) {
		client := dialed(t, l, k)
		server, err := l.Accept()
		check(t, err)
		defer server.Close()
		if got, want := server.RemoteAddr().String(), client.LocalAddr().String(); k.isInet() && got != want {
			t.Errorf("the client is %s to the server, and %s to itself", got, want)
		}
		if got, want := server.LocalAddr().Network(), client.RemoteAddr().Network(); got != want {
			t.Errorf("networks %s and %s", got, want)
		}
		_, err = client.Write([]byte("hello"))
		check(t, err)
		p := make([]byte, 8)
		if n, err := server.Read(p); string(p[:n]) != "hello" || err != nil {
			t.Errorf("Read = %q, %v", p[:n], err)
		}
	})
}

func TestAcceptWakes(t *testing.T) {
	forEachListener(t, kind.isAny, func(t *testing.T, l *sock.Conn, k kind) {
		check(t, l.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
		if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v; want os.ErrDeadlineExceeded", err)
		}
		check(t, l.SetReadDeadline(time.Time{}))
		failed := make(chan error)
		go func() { _, err := l.Listener().Accept(); failed <- err }()
		check(t, l.Close())
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v; want net.ErrClosed", err)
		}
	})
}

func TestConnectRefused(t *testing.T) {
	forEachListener(t, kind.isAny, func(t *testing.T, l *sock.Conn, k kind) {
		sa := address(t, l)
		check(t, l.Close())
		_, err := sock.DialConn(t.Context(), sa, sock.DialOptions{Type: k.typ, Protocol: k.proto})
		var call *os.SyscallError
		if !errors.As(err, &call) || call.Syscall != "connect" || call.Err != sock.ECONNREFUSED {
			t.Errorf("%v; want connect: ECONNREFUSED", err)
		}
	})
}

// stuck fills a listener's queue, so that connecting to it takes forever.
func stuck(t *testing.T, k kind) sock.Sockaddr {
	fd, err := sock.CreateServer(freeAddress(t, k), sock.ServerOptions{Type: k.typ, Protocol: k.proto, Backlog: 1})
	checkSocket(t, err)
	own(t, fd)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		c, err := sock.DialConn(ctx, name(t, fd), sock.DialOptions{Type: k.typ, Protocol: k.proto})
		cancel()
		if err != nil {
			return name(t, fd)
		}
		t.Cleanup(func() { c.Close() })
	}
}

func TestConnectEndsWithContext(t *testing.T) {
	for _, k := range kinds {
		if !k.isConnection() || k.name == "dual stack" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			sa := stuck(t, k)
			ctx, cancel := context.WithCancel(t.Context())
			failed := make(chan error)
			go func() {
				_, err := sock.DialConn(ctx, sa, sock.DialOptions{Type: k.typ, Protocol: k.proto})
				failed <- err
			}()
			cancel()
			if err := <-failed; err != context.Canceled {
				t.Errorf("%v; want context.Canceled", err)
			}
			ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if _, err := sock.DialConn(ctx, sa, sock.DialOptions{Type: k.typ, Protocol: k.proto}); err != context.DeadlineExceeded {
				t.Errorf("%v; want context.DeadlineExceeded", err)
			}
		})
	}
}

func TestConnectEndsAtDeadline(t *testing.T) {
	for _, k := range kinds {
		if !k.isConnection() || k.name == "dual stack" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			sa := stuck(t, k)
			c := conn(t, socket(t, k))
			check(t, c.SetWriteDeadline(time.Now().Add(10*time.Millisecond)))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := c.Connect(ctx, sa); err != os.ErrDeadlineExceeded {
				t.Errorf("%v; want os.ErrDeadlineExceeded", err)
			}
		})
	}
}

func TestSelfConnect(t *testing.T) {
	l := listening(t, kind{domain: sock.AF_INET, typ: sock.SOCK_STREAM})
	sa := address(t, l)
	check(t, l.Close())
	if _, err := sock.DialConn(t.Context(), sa, sock.DialOptions{Local: sa}); err != sock.ErrSelfConnect {
		t.Errorf("%v; want ErrSelfConnect", err)
	}
}

func TestControlOption(t *testing.T) {
	var calls []string
	control := func(name string) func(int) error {
		return func(fd int) error {
			calls = append(calls, name)
			return sock.Setsockopt(fd, sock.SO_KEEPALIVE, true)
		}
	}
	l, err := sock.ListenConn(inet("127.0.0.1:0"), sock.ServerOptions{Control: control("listen")})
	check(t, err)
	defer l.Close()
	c, err := sock.DialConn(t.Context(), address(t, l), sock.DialOptions{Control: control("dial")})
	check(t, err)
	defer c.Close()
	check(t, c.Control(func(fd int) error {
		on, err := sock.Getsockopt(fd, sock.SO_KEEPALIVE)
		if !on || len(calls) != 2 {
			t.Errorf("SO_KEEPALIVE is %t after %q", on, calls)
		}
		return err
	}))
	failing := func(int) error { return io.ErrUnexpectedEOF }
	if _, err := sock.ListenConn(inet("127.0.0.1:0"), sock.ServerOptions{Control: failing}); err != io.ErrUnexpectedEOF {
		t.Errorf("ListenConn: %v; want Control's own error", err)
	}
	if _, err := sock.DialConn(t.Context(), address(t, l), sock.DialOptions{Control: failing}); err != io.ErrUnexpectedEOF {
		t.Errorf("DialConn: %v; want Control's own error", err)
	}
}

// TestHandOver takes sockets to package net and back.
func TestHandOver(t *testing.T) {
	forEachConn(t, kind.isAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := a.File()
		check(t, err)
		theirs, err := net.FileConn(f)
		check(t, f.Close())
		if k.typ == sock.SOCK_DGRAM && !k.isInet() && err != nil {
			t.Skip("package net takes no such socket: ", err)
		}
		check(t, err)
		defer theirs.Close()
		ours, err := sock.DupConn(theirs.(syscall.Conn))
		check(t, err)
		defer ours.Close()
		for _, c := range []net.Conn{a, theirs, ours} {
			_, err := c.Write([]byte("hello"))
			check(t, err)
			p := make([]byte, 8)
			if n, err := b.Read(p); string(p[:n]) != "hello" || err != nil {
				t.Fatalf("from %T: %q, %v", c, p[:n], err)
			}
		}
		check(t, theirs.SetReadDeadline(time.Now()))
		if _, err := theirs.Read(make([]byte, 8)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("package net's Conn: %v; want it still to have deadlines", err)
		}
	})
}

func TestDetach(t *testing.T) {
	forEachConn(t, kind.isAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		fd, err := a.Detach()
		check(t, err)
		own(t, fd)
		send(t, fd, "hello")
		p := make([]byte, 8)
		if n, err := b.Read(p); string(p[:n]) != "hello" || err != nil {
			t.Errorf("Read = %q, %v", p[:n], err)
		}
		if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v; want net.ErrClosed", err)
		}
	})
}

func TestPacketConn(t *testing.T) {
	for _, k := range kinds {
		if k.typ != sock.SOCK_DGRAM {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			a, b := listening(t, k), listening(t, k)
			if n, err := a.PacketConn().WriteTo([]byte("hello"), b.LocalAddr()); n != 5 || err != nil {
				t.Fatalf("WriteTo = %d, %v", n, err)
			}
			p := make([]byte, 8)
			n, from, err := b.PacketConn().ReadFrom(p)
			if err != nil || string(p[:n]) != "hello" || from.String() != a.LocalAddr().String() {
				t.Fatalf("ReadFrom = %q, %v, %v; want it from %v", p[:n], from, err, a.LocalAddr())
			}
			nobody := &net.TCPAddr{Port: 1 << 20}
			_, err = a.PacketConn().WriteTo(p, nobody)
			if op := (*net.OpError)(nil); !errors.As(err, &op) || op.Addr != nobody {
				t.Errorf("WriteTo: %v; want a *net.OpError with the address", err)
			}
		})
	}
}

func TestPacketConnDualStack(t *testing.T) {
	six := listening(t, kind{name: "dual stack", domain: sock.AF_INET6, typ: sock.SOCK_DGRAM})
	four := listening(t, kind{domain: sock.AF_INET, typ: sock.SOCK_DGRAM})
	_, err := six.PacketConn().WriteTo([]byte("hello"), four.LocalAddr())
	check(t, err)
	p := make([]byte, 8)
	if n, _, err := four.PacketConn().ReadFrom(p); string(p[:n]) != "hello" || err != nil {
		t.Fatalf("ReadFrom = %q, %v", p[:n], err)
	}
}

// TestPacketConnWildcard sends to an address without an IP, or to the other family's wildcard: this machine, as package net has it.
func TestPacketConnWildcard(t *testing.T) {
	for _, k := range kinds {
		if k.typ != sock.SOCK_DGRAM || !k.isInet() {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			c := listening(t, k)
			for _, ip := range []net.IP{nil, net.IPv4zero, net.IPv6zero} {
				to := &net.UDPAddr{IP: ip, Port: c.LocalAddr().(*net.UDPAddr).Port}
				if _, err := c.PacketConn().WriteTo([]byte("x"), to); err != nil {
					t.Errorf("WriteTo: %v", err)
					continue
				}
				if n, err := c.Read(make([]byte, 8)); n != 1 || err != nil {
					t.Errorf("Read = %d, %v", n, err)
				}
			}
		})
	}
}

func TestSockaddrOfNil(t *testing.T) {
	for _, addr := range []net.Addr{nil, (*net.TCPAddr)(nil), (*net.UDPAddr)(nil), (*net.IPAddr)(nil), (*net.UnixAddr)(nil)} {
		_, err := sock.SockaddrOf(addr)
		if failed := (*net.AddrError)(nil); !errors.As(err, &failed) {
			t.Errorf("%T: %v; want a *net.AddrError", addr, err)
		}
	}
}

// TestHTTP runs package http's server and client on Conns, with and without crypto/tls.
func TestHTTP(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){"http": (*httptest.Server).Start, "https": (*httptest.Server).StartTLS} {
		t.Run(name, func(t *testing.T) {
			forEachListener(t, kind.isStream, func(t *testing.T, l *sock.Conn, k kind) {
				check(t, l.SetDeadline(time.Time{}))
				server := &httptest.Server{Listener: l.Listener(), Config: &http.Server{Handler: http.HandlerFunc(echo)}}
				start(server)
				defer server.Close()
				transport := server.Client().Transport.(*http.Transport)
				transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					return sock.DialConn(ctx, address(t, l), sock.DialOptions{Protocol: k.proto})
				}
				defer transport.CloseIdleConnections()
				for range 3 {
					want := strings.Repeat("Hello, world. ", 10000)
					reply, err := server.Client().Post(name+"://example.com/", "text/plain", strings.NewReader(want))
					check(t, err)
					got, err := io.ReadAll(reply.Body)
					check(t, err)
					check(t, reply.Body.Close())
					if string(got) != want {
						t.Fatalf("%d bytes came back of %d", len(got), len(want))
					}
				}
			})
		})
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	p, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(p)
}
