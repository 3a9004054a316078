//go:build unix

package sock_test

import (
	"errors"
	"net/netip"
	"os"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// server returns a new server. It skips the test if the system has no such address.
func server(t *testing.T, sa Sockaddr, o ServerOptions) (fd int, own Sockaddr) {
	t.Helper()
	fd, err := CreateServer(sa, o)
	if errors.Is(err, EAFNOSUPPORT) || errors.Is(err, EADDRNOTAVAIL) || errors.Is(err, EPROTONOSUPPORT) {
		t.Skip("no such address on this system:", err)
	}
	check(t, err)
	t.Cleanup(func() { Close(fd) })
	return fd, name(t, fd)
}

func TestCreateServer(t *testing.T) {
	path := func(t *testing.T) Sockaddr { return unixPath(t, t.TempDir()+"/s") }
	at := func(s string) func(*testing.T) Sockaddr { return func(*testing.T) Sockaddr { return inet(s) } }
	tests := []struct {
		name                                      string
		sa                                        func(t *testing.T) Sockaddr
		options                                   ServerOptions
		typ                                       int
		reuseAddr, reusePort, v6only, connections bool
	}{
		{"tcp4", at("127.0.0.1:0"), ServerOptions{}, SOCK_STREAM, true, false, false, true},
		{"tcp4 with a backlog", at("127.0.0.1:0"), ServerOptions{Backlog: 1}, SOCK_STREAM, true, false, false, true},
		{"tcp6", at("[::1]:0"), ServerOptions{}, SOCK_STREAM, true, false, true, true},
		{"dual stack", at("[::]:0"), ServerOptions{DualStack: true}, SOCK_STREAM, true, false, false, true},
		{"shared port", at("127.0.0.1:0"), ServerOptions{ReusePort: true}, SOCK_STREAM, true, true, false, true},
		{"udp4", at("127.0.0.1:0"), ServerOptions{Type: SOCK_DGRAM}, SOCK_DGRAM, false, false, false, false},
		{"udp4, shared port", at("127.0.0.1:0"), ServerOptions{Type: SOCK_DGRAM, ReusePort: true}, SOCK_DGRAM, false, true, false, false},
		{"unix", path, ServerOptions{ReusePort: true, DualStack: true}, SOCK_STREAM, false, false, false, true},
		{"unixpacket", path, ServerOptions{Type: SOCK_SEQPACKET}, SOCK_SEQPACKET, false, false, false, true},
		{"unixgram", path, ServerOptions{Type: SOCK_DGRAM}, SOCK_DGRAM, false, false, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fd, own := server(t, test.sa(t), test.options)
			has := func(o Option[bool], want bool) {
				t.Helper()
				if got, err := Getsockopt(fd, o); got != want || err != nil {
					t.Errorf("%v = %t, %v, want %t", o, got, err, want)
				}
			}
			has(SO_REUSEADDR, test.reuseAddr)
			has(SO_REUSEPORT, test.reusePort)
			has(SO_ACCEPTCONN, test.connections)
			if own.Family() == AF_INET6 {
				has(IPV6_V6ONLY, test.v6only)
			}
			if typ, err := Getsockopt(fd, SO_TYPE); typ != test.typ || err != nil {
				t.Errorf("SO_TYPE = %d, %v, want %d", typ, err, test.typ)
			}
			if isNonblock(t, fd) || inheritable(t, fd) {
				t.Error("the server is non-blocking or inheritable")
			}
		})
	}
}

// A raw IPv6 socket has a protocol number in place of a port, so it refuses IPV6_V6ONLY: ipv6(7).
func TestCreateRawServer(t *testing.T) {
	rawSocket(t, AF_INET, SOCK_RAW, 253)
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		for _, protocol := range []int{1, 58, 253} { // ICMP, ICMPv6, and an experimental one: RFC 3692
			fd, err := CreateServer(inet(address), ServerOptions{Type: SOCK_RAW, Protocol: protocol})
			if errors.Is(err, EAFNOSUPPORT) || errors.Is(err, EADDRNOTAVAIL) {
				continue // no IPv6
			}
			check(t, err)
			check(t, Close(fd))
		}
	}
}

func TestSharedPort(t *testing.T) {
	_, sa := server(t, inet("127.0.0.1:0"), ServerOptions{ReusePort: true})
	server(t, sa, ServerOptions{ReusePort: true})
}

func TestDualStack(t *testing.T) {
	if !HasDualStackIPv6() {
		t.Skip("IPv6 sockets cannot serve IPv4 on this system")
	}
	fd, sa := server(t, inet("[::]:0"), ServerOptions{DualStack: true})
	client := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, Inet(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), sa.AddrPort().Port()))))
	accepted(t, fd)
}

// A program that is out of descriptors doesn't take it for a system without IPv6.
func TestDualStackWithoutDescriptors(t *testing.T) {
	if !HasDualStackIPv6() {
		t.Skip("IPv6 sockets cannot serve IPv4 on this system")
	}
	var limit unix.Rlimit
	check(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	none := limit
	none.Cur = 0
	check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &none))
	if !HasDualStackIPv6() {
		t.Error("HasDualStackIPv6 is false without a descriptor, want true")
	}
}

func TestCreateServerFails(t *testing.T) {
	_, taken := listener(t)
	tests := []struct {
		name    string
		sa      Sockaddr
		options ServerOptions
		call    string
		err     error
	}{
		{"no family", raw(t, 255, "x"), ServerOptions{}, "socket", EAFNOSUPPORT},
		{"no address", Sockaddr{}, ServerOptions{}, "socket", EAFNOSUPPORT},
		{"no such type", inet("127.0.0.1:0"), ServerOptions{Type: SOCK_RDM}, "socket", ESOCKTNOSUPPORT},
		{"no such protocol", inet("127.0.0.1:0"), ServerOptions{Protocol: IPPROTO_UDP}, "socket", EPROTONOSUPPORT},
		{"address in use", taken, ServerOptions{}, "bind", EADDRINUSE},
		{"address of another host", inet("192.0.2.99:0"), ServerOptions{}, "bind", EADDRNOTAVAIL},
		{"no such directory", unixPath(t, t.TempDir()+"/no/s"), ServerOptions{}, "bind", ENOENT},
	}
	for _, test := range tests {
		fd, err := CreateServer(test.sa, test.options)
		var call *os.SyscallError
		if fd != -1 || !errors.As(err, &call) || call.Syscall != test.call || !errors.Is(err, test.err) {
			t.Errorf("%s: CreateServer = %d, %v, want %s: %v", test.name, fd, err, test.call, test.err)
		}
	}
}
