//go:build unix

package sock_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// listeningConn returns a Conn of the given kind that listens on a loopback port or a path.
func listeningConn(t *testing.T, k kind) *sock.Conn {
	t.Helper()
	c, err := sock.ListenConn(freeAddress(t, k), sock.ServerOptions{Type: k.Type, Protocol: k.Protocol, DualStack: k.Name == "dual stack"})
	checkSocket(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// checkSocket skips the test if the system lacks such a socket or address, or a sandbox refuses the socket.
func checkSocket(t *testing.T, err error) {
	t.Helper()
	if call := (*os.SyscallError)(nil); errors.As(err, &call) && call.Syscall == "socket" && errors.Is(err, fs.ErrPermission) {
		t.Skip("such sockets are refused here:", err)
	}
	if errors.Is(err, sock.EAFNOSUPPORT) || errors.Is(err, sock.EADDRNOTAVAIL) || errors.Is(err, sock.EPROTONOSUPPORT) {
		t.Skip("no such socket or address on this system:", err)
	}
	check(t, err)
}

func freeAddress(t *testing.T, k kind) sock.Sockaddr {
	switch {
	case k.Domain == sock.AF_UNIX:
		sa, err := sock.Unix(filepath.Join(t.TempDir(), "s"))
		check(t, err)
		return sa
	case k.Name == "dual stack":
		return inet("[::]:0")
	case k.Domain == sock.AF_INET6:
		return inet("[::1]:0")
	}
	return inet("127.0.0.1:0")
}

// address returns the address at which clients reach a listener, an IPv4 address if it serves both families.
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
	for _, k := range socktest.Kinds {
		if k.IsConnection() && is(k) {
			t.Run(k.Name, func(t *testing.T) { test(t, listeningConn(t, k), k) })
		}
	}
}

func dialed(t *testing.T, l *sock.Conn, k kind) *sock.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := sock.DialConn(ctx, address(t, l), sock.DialOptions{Type: k.Type, Protocol: k.Protocol})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

func TestListenDialAccept(t *testing.T) {
	forEachListener(t, kind.IsAny, func(t *testing.T, l *sock.Conn, k kind) {
		client := dialed(t, l, k)
		server, err := l.Accept()
		check(t, err)
		defer server.Close()
		if got, want := server.RemoteAddr().String(), client.LocalAddr().String(); k.IsInet() && got != want {
			t.Errorf("client's address is %s to the server, want %s", got, want)
		}
		if got, want := server.LocalAddr().Network(), client.RemoteAddr().Network(); got != want {
			t.Errorf("server's network is %s, want the client's %s", got, want)
		}
		_, err = client.Write([]byte("hello"))
		check(t, err)
		p := make([]byte, 8)
		if n, err := server.Read(p); string(p[:n]) != "hello" || err != nil {
			t.Errorf("Read = %q, %v, want hello", p[:n], err)
		}
	})
}

func TestAcceptWakes(t *testing.T) {
	forEachListener(t, kind.IsAny, func(t *testing.T, l *sock.Conn, k kind) {
		check(t, l.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
		if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
		}
		check(t, l.SetReadDeadline(time.Time{}))
		failed := make(chan error)
		go func() { _, err := l.Listener().Accept(); failed <- err }()
		check(t, l.Close())
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v, want net.ErrClosed", err)
		}
	})
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
			t.Errorf("SO_KEEPALIVE is %t after the hooks %q, want true after both", on, calls)
		}
		return err
	}))
	failing := func(int) error { return io.ErrUnexpectedEOF }
	if _, err := sock.ListenConn(inet("127.0.0.1:0"), sock.ServerOptions{Control: failing}); err != io.ErrUnexpectedEOF {
		t.Errorf("ListenConn: %v, want Control's own error", err)
	}
	if _, err := sock.DialConn(t.Context(), address(t, l), sock.DialOptions{Control: failing}); err != io.ErrUnexpectedEOF {
		t.Errorf("DialConn: %v, want Control's own error", err)
	}
}

// TestHandOver hands sockets to package net and back.
func TestHandOver(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := a.File()
		check(t, err)
		theirs, err := net.FileConn(f)
		check(t, f.Close())
		if k.Type == sock.SOCK_DGRAM && !k.IsInet() && err != nil {
			t.Skip("package net does not accept such a socket:", err)
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
				t.Fatalf("from %T: got %q, %v, want hello", c, p[:n], err)
			}
		}
		check(t, theirs.SetReadDeadline(time.Now()))
		if _, err := theirs.Read(make([]byte, 8)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read of package net's Conn: %v, want os.ErrDeadlineExceeded", err)
		}
	})
}

func TestDetach(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		fd, err := a.Detach()
		check(t, err)
		own(t, fd)
		send(t, fd, "hello")
		p := make([]byte, 8)
		if n, err := b.Read(p); string(p[:n]) != "hello" || err != nil {
			t.Errorf("Read = %q, %v, want hello", p[:n], err)
		}
		if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v, want net.ErrClosed", err)
		}
	})
}

func TestSockaddrOfNoAddress(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, addr := range []net.Addr{
		nil, (*net.TCPAddr)(nil), (*net.UDPAddr)(nil), (*net.IPAddr)(nil), (*net.UnixAddr)(nil),
		&net.TCPAddr{Port: 65536}, &net.UnixAddr{Name: long}, &net.UnixAddr{Name: "@" + long}, &net.UnixAddr{Name: "a\x00b"},
	} {
		_, err := sock.SockaddrOf(addr)
		if failed := (*net.AddrError)(nil); !errors.As(err, &failed) {
			t.Errorf("%T: %v, want a *net.AddrError", addr, err)
		}
	}
}
