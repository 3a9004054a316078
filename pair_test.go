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
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// kind is a way to get two sockets that are connected to each other.
type kind struct {
	name               string
	domain, typ, proto int
	open               func(t *testing.T, k kind) (a, b int)
	nonblock           bool
}

var kinds = []kind{
	{name: "unix stream", domain: sock.AF_UNIX, typ: sock.SOCK_STREAM, open: socketpair},
	{name: "unix dgram", domain: sock.AF_UNIX, typ: sock.SOCK_DGRAM, open: socketpair},
	{name: "unix seqpacket", domain: sock.AF_UNIX, typ: sock.SOCK_SEQPACKET, open: socketpair},
	{name: "tcp4", domain: sock.AF_INET, typ: sock.SOCK_STREAM, open: accepted},
	{name: "tcp6", domain: sock.AF_INET6, typ: sock.SOCK_STREAM, open: accepted},
	{name: "dual stack", domain: sock.AF_INET6, typ: sock.SOCK_STREAM, open: mapped},
	{name: "udp4", domain: sock.AF_INET, typ: sock.SOCK_DGRAM, open: associated},
	{name: "udp6", domain: sock.AF_INET6, typ: sock.SOCK_DGRAM, open: associated},
}

func (k kind) isAny() bool            { return true }
func (k kind) isBlocking() bool       { return !k.nonblock }
func (k kind) isInet() bool           { return k.domain != sock.AF_UNIX }
func (k kind) isStream() bool         { return k.typ == sock.SOCK_STREAM }
func (k kind) isBlockingStream() bool { return k.isStream() && !k.nonblock }
func (k kind) isTCP() bool            { return k.isStream() && k.isInet() }
func (k kind) isConnection() bool     { return k.typ != sock.SOCK_DGRAM }
func (k kind) isMessage() bool        { return k.typ != sock.SOCK_STREAM }

// forEachPair runs a test on each kind of pair that is asked for, blocking and not, with both ends in turn.
func forEachPair(t *testing.T, is func(kind) bool, test func(t *testing.T, a, b int, k kind)) {
	for _, k := range kinds {
		for _, nonblock := range []bool{false, true} {
			if k.nonblock = nonblock; !is(k) {
				continue
			}
			for _, swapped := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/nonblock=%t/swapped=%t", k.name, nonblock, swapped), func(t *testing.T) {
					a, b := k.open(t, k)
					check(t, sock.SetNonblock(a, nonblock))
					check(t, sock.SetNonblock(b, nonblock))
					if swapped {
						a, b = b, a
					}
					test(t, a, b, k)
				})
			}
		}
	}
}

func socketpair(t *testing.T, k kind) (a, b int) {
	fds, err := sock.Socketpair(k.domain, k.typ, k.proto)
	if err == sock.EPROTONOSUPPORT {
		t.Skip("this kernel has no such socket: ", err)
	}
	check(t, err)
	return own(t, fds[0]), own(t, fds[1])
}

// accepted is a client and what a listener accepted from it.
func accepted(t *testing.T, k kind) (a, b int) {
	l := bound(t, k)
	return dial(t, k, l, name(t, l))
}

// mapped is an IPv4 client, and an IPv6 socket that sees it under an IPv4-mapped address.
func mapped(t *testing.T, k kind) (a, b int) {
	l := socket(t, k)
	check(t, sock.Setsockopt(l, sock.IPV6_V6ONLY, false))
	check(t, sock.Bind(l, inet("[::]:0")))
	port := name(t, l).AddrPort().Port()
	k.domain = sock.AF_INET
	return dial(t, k, l, sock.Inet(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)))
}

func dial(t *testing.T, k kind, l int, to sock.Sockaddr) (a, b int) {
	check(t, sock.Listen(l, 1))
	a = socket(t, k)
	check(t, sock.Connect(a, to))
	b, _, err := sock.Accept(l)
	check(t, err)
	return a, own(t, b)
}

// associated is two datagram sockets that are each connected to the other.
func associated(t *testing.T, k kind) (a, b int) {
	a, b = bound(t, k), bound(t, k)
	check(t, sock.Connect(a, name(t, b)))
	check(t, sock.Connect(b, name(t, a)))
	return a, b
}

// bound is a socket at a loopback address, with a port that the kernel picked.
func bound(t *testing.T, k kind) int {
	loopback := inet("127.0.0.1:0")
	if k.domain == sock.AF_INET6 {
		loopback = inet("[::1]:0")
	}
	fd := socket(t, k)
	err := sock.Bind(fd, loopback)
	if err == sock.EADDRNOTAVAIL {
		t.Skip("this machine has no loopback address of the family: ", err)
	}
	check(t, err)
	return fd
}

func socket(t *testing.T, k kind) int {
	fd, err := sock.Socket(k.domain, k.typ, k.proto)
	switch err {
	case sock.EAFNOSUPPORT, sock.EPROTONOSUPPORT, sock.ENOPROTOOPT:
		t.Skip("this kernel has no such socket: ", err)
	}
	check(t, err)
	return own(t, fd)
}

// owned has the descriptors that are still to be closed when their test ends.
var owned = map[int]bool{}

func own(t *testing.T, fd int) int {
	owned[fd] = true
	t.Cleanup(func() {
		if owned[fd] {
			shut(t, fd)
		}
	})
	return fd
}

// shut closes a descriptor before its test ends.
func shut(t *testing.T, fd int) {
	t.Helper()
	delete(owned, fd)
	check(t, sock.Close(fd))
}

func inet(s string) sock.Sockaddr { return sock.Inet(netip.MustParseAddrPort(s)) }

func name(t *testing.T, fd int) sock.Sockaddr {
	t.Helper()
	sa, err := sock.Getsockname(fd)
	check(t, err)
	return sa
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await waits for events on fd, so that a test runs on blocking and non-blocking sockets alike.
func await(t *testing.T, fd int, events int16) {
	t.Helper()
	fds := []sock.Pollfd{{Fd: int32(fd), Events: events}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 5000) })
	if n != 1 || err != nil || fds[0].Revents&events == 0 {
		t.Fatalf("waiting for events %#x: n = %d, err = %v, revents = %#x", events, n, err, fds[0].Revents)
	}
}

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
