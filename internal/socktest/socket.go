//go:build unix

package socktest

import (
	"net/netip"
	"slices"
	"sync"
	"testing"

	"example.com/berkeley/sock"
)

// Check ends the test if there is an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// owned holds the descriptors that will be closed when their test ends.
var owned sync.Map

// Own closes a descriptor when the test ends, unless Shut or Disown is called first.
func Own(t testing.TB, fd int) int {
	owned.Store(fd, true)
	t.Cleanup(func() {
		if Disown(fd) {
			Check(t, sock.Close(fd))
		}
	})
	return fd
}

// Disown keeps the test's end from closing a descriptor, and reports whether it would have closed it.
func Disown(fd int) bool {
	_, is := owned.LoadAndDelete(fd)
	return is
}

// Shut closes a descriptor before its test ends.
func Shut(t testing.TB, fd int) {
	t.Helper()
	Disown(fd)
	Check(t, sock.Close(fd))
}

// Socket returns a new socket. If the kernel doesn't support its kind, or a sandbox refuses it, it skips the test.
func Socket(t testing.TB, domain, typ, proto int) int {
	t.Helper()
	fd, err := sock.Socket(domain, typ, proto)
	if err == sock.EPERM || err == sock.EACCES {
		t.Skip("such sockets are refused here:", err)
	}
	return supported(t, fd, proto, err)
}

// RawSocket returns a new socket of a kind that requires CAP_NET_RAW. If the process lacks it, it skips the test.
func RawSocket(t testing.TB, domain, typ, proto int) int {
	t.Helper()
	fd, err := sock.Socket(domain, typ, proto)
	if err == sock.EPERM || err == sock.EACCES {
		t.Skip("needs CAP_NET_RAW:", err)
	}
	return supported(t, fd, proto, err)
}

func supported(t testing.TB, fd, proto int, err error) int {
	t.Helper()
	unknown := err == sock.EINVAL && proto > 255 // as Linux had it before 5.6, the first with such a protocol
	if unknown || slices.Contains([]error{sock.EAFNOSUPPORT, sock.EPROTONOSUPPORT, sock.ESOCKTNOSUPPORT, sock.ENOPROTOOPT}, err) {
		t.Skip("this kernel does not support such sockets:", err)
	}
	Check(t, err)
	return Own(t, fd)
}

// Bind binds a socket to an address. If the system has no such address, it skips the test.
func Bind(t testing.TB, fd int, sa sock.Sockaddr) {
	t.Helper()
	err := sock.Bind(fd, sa)
	if err == sock.EADDRNOTAVAIL {
		t.Skip("no such address on this system:", err)
	}
	Check(t, err)
}

// Bound returns a new socket bound to an address.
func Bound(t testing.TB, domain, typ int, sa sock.Sockaddr) int {
	t.Helper()
	fd := Socket(t, domain, typ, 0)
	Bind(t, fd, sa)
	return fd
}

// Listener returns a new listening socket on 127.0.0.1, at a port that the kernel picks.
func Listener(t testing.TB) (fd int, sa sock.Sockaddr) {
	t.Helper()
	fd = Bound(t, sock.AF_INET, sock.SOCK_STREAM, Inet("127.0.0.1:0"))
	Check(t, sock.Listen(fd, 16))
	return fd, Name(t, fd)
}

// Accept accepts the next client of a listener.
func Accept(t testing.TB, l int) int {
	t.Helper()
	fd, _, err := sock.Accept(l)
	Check(t, err)
	return Own(t, fd)
}

// Pair returns two connected AF_UNIX sockets.
func Pair(t testing.TB, typ int) (a, b int) {
	t.Helper()
	return socketpair(t, Kind{Domain: sock.AF_UNIX, Type: typ})
}

// TCPPair returns a client, and the socket that was accepted from it.
func TCPPair(t testing.TB) (client, server int) {
	t.Helper()
	l, sa := Listener(t)
	client = Socket(t, sock.AF_INET, sock.SOCK_STREAM, 0)
	Check(t, sock.Connect(client, sa))
	return client, Accept(t, l)
}

// Name returns a socket's address.
func Name(t testing.TB, fd int) sock.Sockaddr {
	t.Helper()
	sa, err := sock.Getsockname(fd)
	Check(t, err)
	return sa
}

// Inet parses an address and a port such as 127.0.0.1:80 or [::1]:80.
func Inet(s string) sock.Sockaddr { return sock.Inet(netip.MustParseAddrPort(s)) }

// Unix returns the address of a path, which must be short enough.
func Unix(t testing.TB, path string) sock.Sockaddr {
	t.Helper()
	sa, err := sock.Unix(path)
	Check(t, err)
	return sa
}
