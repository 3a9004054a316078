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
	"example.com/berkeley/sock"
)

func TestMain(m *testing.M) { cmdtest.Main(m, "echoserver") }

var (
	engines = []string{"iterative", "threads", "goroutines", "epoll"}
	modes   = []string{"stream", "message"}
)

// forEachEngine runs a test on every engine.
func forEachEngine(t *testing.T, f func(t *testing.T, engine string)) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) { f(t, engine) })
	}
}

// forEachConcurrent runs a test on every engine that serves several clients at once.
func forEachConcurrent(t *testing.T, f func(t *testing.T, engine string)) {
	forEachEngine(t, func(t *testing.T, engine string) {
		if engine != "iterative" {
			f(t, engine)
		}
	})
}

// forEachServer runs a test on every engine in every mode.
func forEachServer(t *testing.T, f func(t *testing.T, engine, mode string)) {
	forEachEngine(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) { f(t, engine, mode) })
	})
}

func forEachMode(t *testing.T, f func(t *testing.T, mode string)) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) { f(t, mode) })
	}
}

// connections has an address to listen on for every transport that has connections.
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
		addrs = append(addrs, "mptcp://127.0.0.1:0") // where the kernel has it
	}
	return available(addrs)
}

// available leaves out the addresses of IPv6 where there is none.
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

// dial connects to an address of a server. The socket gives up after cmdtest.Patience, and is closed at the test's end.
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

// sendLater sends while the test receives; sent waits until it has.
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

// wantAnswer receives to the end, which must come after exactly these bytes.
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
		t.Fatalf("received %d bytes, not the %d that were sent", len(got), len(want))
	}
}

// wantReset receives until an error, which must be a reset: an end would pass for the whole answer.
func wantReset(t *testing.T, fd int) {
	t.Helper()
	if p, err := sock.RecvAll(fd, 1<<30); err != sock.ECONNRESET {
		t.Errorf("after %d bytes: %v, want %v", len(p), err, sock.ECONNRESET)
	}
}

// wantEcho has a whole conversation.
func wantEcho(t *testing.T, addr string, message []byte) {
	t.Helper()
	fd := dial(t, addr)
	send(t, fd, message)
	shutdown(t, fd)
	wantAnswer(t, fd, message)
}

// pattern is n bytes that don't repeat in step with any buffer.
func pattern(n int) []byte {
	p := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(p)
	return p
}
