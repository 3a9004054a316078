//go:build unix

package sock_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"

	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// TestMain fails when a test leaves a descriptor open.
func TestMain(m *testing.M) {
	socktest.NeedLoopback()
	// A low limit makes the search for descriptors short.
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 256, Max: 256})
	fdutil.StartPoller()
	before, _ := fdutil.Open()
	code := m.Run()
	if after, _ := fdutil.Open(); !slices.Equal(before, after) {
		fmt.Fprintln(os.Stderr, "descriptors before the tests:", before, "after:", after)
		code = 1
	}
	os.Exit(code)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// socket is a new socket; a machine that has no such family skips the test.
func socket(t testing.TB, domain, typ, proto int) int {
	t.Helper()
	fd, err := Socket(domain, typ, proto)
	switch err {
	case EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT:
		t.Skip("this kernel has no such socket: ", err)
	}
	check(t, err)
	t.Cleanup(func() { Close(fd) })
	return fd
}

// bound is a new socket with an address.
func bound(t testing.TB, domain, typ int, sa Sockaddr) int {
	t.Helper()
	fd := socket(t, domain, typ, 0)
	err := Bind(fd, sa)
	if err == EADDRNOTAVAIL {
		t.Skip("this machine lacks the address: ", err)
	}
	check(t, err)
	return fd
}

// listener is a new listening socket at a port of 127.0.0.1 that the kernel picks.
func listener(t testing.TB) (fd int, sa Sockaddr) {
	t.Helper()
	fd = bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	check(t, Listen(fd, 16))
	return fd, name(t, fd)
}

// pair is two connected AF_UNIX sockets.
func pair(t testing.TB, typ int) (a, b int) {
	t.Helper()
	fds, err := Socketpair(AF_UNIX, typ, 0)
	check(t, err)
	t.Cleanup(func() { Close(fds[0]); Close(fds[1]) })
	return fds[0], fds[1]
}

// tcpPair is a client, and the socket that was accepted from it.
func tcpPair(t testing.TB) (client, server int) {
	t.Helper()
	l, sa := listener(t)
	client = socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, sa))
	return client, accepted(t, l)
}

// accepted is the next client of a listener.
func accepted(t testing.TB, l int) int {
	t.Helper()
	fd, _, err := Accept(l)
	check(t, err)
	t.Cleanup(func() { Close(fd) })
	return fd
}

func name(t testing.TB, fd int) Sockaddr {
	t.Helper()
	sa, err := Getsockname(fd)
	check(t, err)
	return sa
}

func inet(s string) Sockaddr { return Inet(netip.MustParseAddrPort(s)) }

func unixPath(t testing.TB, path string) Sockaddr {
	t.Helper()
	sa, err := Unix(path)
	check(t, err)
	return sa
}

// await waits for events on fd.
func await(t testing.TB, fd int, events int16) {
	t.Helper()
	fds := []Pollfd{{Fd: int32(fd), Events: events}}
	n, err := Retry(func() (int, error) { return Poll(fds, 5000) })
	if n != 1 || err != nil || fds[0].Revents&events == 0 {
		t.Fatalf("waiting for events %#x: n = %d, err = %v, revents = %#x", events, n, err, fds[0].Revents)
	}
}
