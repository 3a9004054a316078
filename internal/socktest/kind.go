//go:build unix

package socktest

import (
	"fmt"
	"net/netip"
	"testing"

	"example.com/berkeley/sock"
)

// Kind is a kind of socket, and a way to connect two of them.
type Kind struct {
	Name                   string
	Domain, Type, Protocol int
	Nonblock               bool
	open                   func(t testing.TB, k Kind) (a, b int)
}

// Kinds lists all kinds, with blocking sockets.
var Kinds = []Kind{
	{Name: "unix stream", Domain: sock.AF_UNIX, Type: sock.SOCK_STREAM, open: socketpair},
	{Name: "unix dgram", Domain: sock.AF_UNIX, Type: sock.SOCK_DGRAM, open: socketpair},
	{Name: "unix seqpacket", Domain: sock.AF_UNIX, Type: sock.SOCK_SEQPACKET, open: socketpair},
	{Name: "tcp4", Domain: sock.AF_INET, Type: sock.SOCK_STREAM, open: connected},
	{Name: "tcp6", Domain: sock.AF_INET6, Type: sock.SOCK_STREAM, open: connected},
	{Name: "dual stack", Domain: sock.AF_INET6, Type: sock.SOCK_STREAM, open: mapped},
	{Name: "udp4", Domain: sock.AF_INET, Type: sock.SOCK_DGRAM, open: associated},
	{Name: "udp6", Domain: sock.AF_INET6, Type: sock.SOCK_DGRAM, open: associated},
}

func (k Kind) IsAny() bool            { return true }
func (k Kind) IsBlocking() bool       { return !k.Nonblock }
func (k Kind) IsInet() bool           { return k.Domain != sock.AF_UNIX }
func (k Kind) IsLocal() bool          { return k.Domain == sock.AF_UNIX }
func (k Kind) IsStream() bool         { return k.Type == sock.SOCK_STREAM }
func (k Kind) IsLocalStream() bool    { return k.IsLocal() && k.IsStream() }
func (k Kind) IsBlockingStream() bool { return k.IsStream() && !k.Nonblock }
func (k Kind) IsTCP() bool            { return k.IsStream() && k.IsInet() }
func (k Kind) IsPlainTCP() bool       { return k.IsTCP() && k.Protocol == 0 } // has urgent data, unlike MPTCP
func (k Kind) IsConnection() bool     { return k.Type != sock.SOCK_DGRAM }
func (k Kind) IsMessage() bool        { return k.Type != sock.SOCK_STREAM }

// ForEachPair runs a test on a pair of each kind for which is returns true: blocking and non-blocking, and with either end
// as a.
func ForEachPair(t *testing.T, is func(Kind) bool, test func(t *testing.T, a, b int, k Kind)) {
	for _, k := range Kinds {
		for _, nonblock := range []bool{false, true} {
			if k.Nonblock = nonblock; !is(k) {
				continue
			}
			for _, swapped := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/nonblock=%t/swapped=%t", k.Name, nonblock, swapped), func(t *testing.T) {
					a, b := k.Pair(t)
					Check(t, sock.SetNonblock(a, nonblock))
					Check(t, sock.SetNonblock(b, nonblock))
					if swapped {
						a, b = b, a
					}
					test(t, a, b, k)
				})
			}
		}
	}
}

// Pair returns two blocking sockets that are connected to each other.
func (k Kind) Pair(t testing.TB) (a, b int) { return k.open(t, k) }

// Socket returns a new blocking socket.
func (k Kind) Socket(t testing.TB) int {
	t.Helper()
	return Socket(t, k.Domain, k.Type, k.Protocol)
}

// Bound returns a socket bound to a loopback address and a port that the kernel picked.
func (k Kind) Bound(t testing.TB) int {
	t.Helper()
	fd := k.Socket(t)
	loopback := Inet("127.0.0.1:0")
	if k.Domain == sock.AF_INET6 {
		loopback = Inet("[::1]:0")
	}
	Bind(t, fd, loopback)
	return fd
}

func socketpair(t testing.TB, k Kind) (a, b int) {
	fds, err := sock.Socketpair(k.Domain, k.Type, k.Protocol)
	if err == sock.EPROTONOSUPPORT {
		t.Skip("this kernel does not support such sockets:", err)
	}
	Check(t, err)
	return Own(t, fds[0]), Own(t, fds[1])
}

// connected returns a client, and the socket that a listener accepted from it.
func connected(t testing.TB, k Kind) (a, b int) {
	l := k.Bound(t)
	return connectedTo(t, k, l, Name(t, l))
}

// mapped returns an IPv4 client, and the IPv6 socket that was accepted from it and has IPv4-mapped addresses.
func mapped(t testing.TB, k Kind) (a, b int) {
	l := k.Socket(t)
	Check(t, sock.Setsockopt(l, sock.IPV6_V6ONLY, false))
	Check(t, sock.Bind(l, Inet("[::]:0")))
	port := Name(t, l).AddrPort().Port()
	k.Domain = sock.AF_INET
	return connectedTo(t, k, l, sock.Inet(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)))
}

func connectedTo(t testing.TB, k Kind, l int, to sock.Sockaddr) (a, b int) {
	Check(t, sock.Listen(l, 1))
	a = k.Socket(t)
	Check(t, sock.Connect(a, to))
	return a, Accept(t, l)
}

// associated returns two datagram sockets that are connected to each other.
func associated(t testing.TB, k Kind) (a, b int) {
	a, b = k.Bound(t), k.Bound(t)
	Check(t, sock.Connect(a, Name(t, b)))
	Check(t, sock.Connect(b, Name(t, a)))
	return a, b
}
