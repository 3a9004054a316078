package main_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestMain(m *testing.M) { cmdtest.Main(m, "echoserver") }

var (
	concurrent = []string{"threads", "goroutines", "epoll"} // engines that serve several clients at once
	engines    = append([]string{"iterative"}, concurrent...)
	modes      = []string{"stream", "message"}
)

// forEachEngine runs a test on every engine, in parallel.
func forEachEngine(t *testing.T, f func(t *testing.T, engine string)) {
	sideBySide(t, engines, f)
}

// forEachConcurrent runs a test on every engine that serves several clients at once, in parallel.
func forEachConcurrent(t *testing.T, f func(t *testing.T, engine string)) {
	sideBySide(t, concurrent, f)
}

// forEachServer runs a test on every engine in every mode.
func forEachServer(t *testing.T, f func(t *testing.T, engine, mode string)) {
	forEachEngine(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) { f(t, engine, mode) })
	})
}

func forEachMode(t *testing.T, f func(t *testing.T, mode string)) {
	sideBySide(t, modes, f)
}

// sideBySide runs a test for all names in parallel: servers and their clients mostly wait for each other.
func sideBySide(t *testing.T, names []string, f func(t *testing.T, name string)) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, name)
		})
	}
}

// connections returns an address to listen on for every transport with connections.
func connections(t *testing.T) []string {
	addrs := []string{
		"tcp4://127.0.0.1:0",
		"tcp6://[::1]:0",
		"tcp://[::]:0",
		"unix://" + t.TempDir() + "/stream",
		fmt.Sprintf("unix:@echo-%d-%d", os.Getpid(), rand.Uint64()),
		"unixpacket://" + t.TempDir() + "/packet",
	}
	if fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, sock.IPPROTO_MPTCP); err == nil {
		sock.Close(fd)
		addrs = append(addrs, "mptcp://127.0.0.1:0") // if the kernel supports it
	}
	if socktest.HasVsock() {
		addrs = append(addrs, "vsock://local:0")
	}
	return available(addrs)
}

// available removes the IPv6 addresses on a machine without IPv6.
func available(addrs []string) []string {
	return slices.DeleteFunc(addrs, func(addr string) bool { return strings.Contains(addr, "://[::") && !hasIPv6() })
}

var hasIPv6 = sync.OnceValue(func() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
})

func listenFlags(addrs []string) (args []string) {
	for _, addr := range available(addrs) {
		args = append(args, "-listen", addr)
	}
	return args
}

// dial connects to a server's address. Calls on the socket time out after cmdtest.Patience, and the test's end closes it.
func dial(t *testing.T, addr string) int {
	t.Helper()
	fd, err := tryDial(t, addr)
	if err != nil {
		t.Fatalf("connect %s: %v", addr, err)
	}
	return fd
}

func tryDial(t *testing.T, addr string) (fd int, err error) {
	t.Helper()
	e, err := sock.ParseEndpoint(addr)
	if err != nil {
		t.Fatal(err)
	}
	sa, err := sock.ParseSockaddr(addr)
	if err != nil {
		t.Fatal(err)
	}
	if ap := sa.AddrPort(); ap.IsValid() && ap.Addr().IsUnspecified() {
		sa = sock.Inet(netip.AddrPortFrom(netip.IPv6Loopback(), ap.Port()))
	}
	fd, err = sock.Socket(sa.Family(), e.Type, e.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close(fd) })
	if e.Datagram() && sa.Family() == sock.AF_UNIX {
		if err := sock.Bind(fd, sock.Unnamed()); err != nil {
			t.Fatal(err)
		}
	}
	if err := sock.Connect(fd, sa); err != nil {
		return fd, err
	}
	for _, o := range []sock.Option[time.Duration]{sock.SO_RCVTIMEO, sock.SO_SNDTIMEO} {
		if err := sock.Setsockopt(fd, o, cmdtest.Patience); err != nil {
			t.Fatal(err)
		}
	}
	return fd, nil
}

func send(t *testing.T, fd int, p []byte) {
	t.Helper()
	if n, err := sock.SendAll(fd, p, 0); err != nil {
		t.Fatalf("sent %d of %d bytes: %v", n, len(p), err)
	}
}

func shutdown(t *testing.T, fd int) {
	t.Helper()
	if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
		t.Fatalf("shutdown: %v", err)
	}
}

// sendLater sends while the test receives; sent waits until everything is sent.
func sendLater(t *testing.T, send func() error) (sent func()) {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- send() }()
	return func() {
		t.Helper()
		if err := <-result; err != nil {
			t.Errorf("sending: %v", err)
		}
	}
}

// sendToEnd sends a message, in pieces that fit a record, and shuts down the writing side, while the test receives.
func sendToEnd(t *testing.T, fd int, message []byte) (sent func()) {
	t.Helper()
	return sendLater(t, func() error {
		for rest := message; len(rest) > 0; rest = rest[min(64<<10, len(rest)):] {
			if _, err := sock.SendAll(fd, rest[:min(64<<10, len(rest))], 0); err != nil {
				return err
			}
		}
		return sock.Shutdown(fd, sock.SHUT_WR)
	})
}

// wantAnswer receives until the end, and checks that exactly these bytes came.
func wantAnswer(t *testing.T, fd int, want []byte) {
	t.Helper()
	var got []byte
	buf := make([]byte, 256<<10)
	for {
		n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
		if err != nil {
			t.Fatalf("received %d of %d bytes: %v", len(got), len(want), err)
		}
		if n == 0 {
			break
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("received %d bytes, want the %d bytes sent", len(got), len(want))
	}
}

// wantReset receives until an error, which must be a reset: an end would make the answer look complete.
func wantReset(t *testing.T, fd int) {
	t.Helper()
	if p, err := sock.RecvAll(fd, 1<<30); err != sock.ECONNRESET {
		t.Errorf("Recv after %d bytes: %v, want %v", len(p), err, sock.ECONNRESET)
	}
}

// hasReset reports whether a transport's connections can end with a reset.
func hasReset(addr string) bool {
	return !strings.HasPrefix(addr, "unix") && !strings.HasPrefix(addr, "vsock")
}

// wantEcho has a complete conversation with a server.
func wantEcho(t *testing.T, addr string, message []byte) {
	t.Helper()
	fd := dial(t, addr)
	send(t, fd, message)
	shutdown(t, fd)
	wantAnswer(t, fd, message)
}

// pattern returns n bytes whose period differs from the size of any buffer.
func pattern(n int) []byte {
	p := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(p)
	return p
}
