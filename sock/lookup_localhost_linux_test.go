package sock_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// bareSystem runs the test without hosts(5), services(5), resolv.conf(5) and nsswitch.conf(5), in a network namespace
// that has only a loopback interface.
func bareSystem(t *testing.T) (inside bool) {
	t.Helper()
	if !socktest.Unshare(t, unix.CLONE_NEWNET|unix.CLONE_NEWNS) {
		return false
	}
	socktest.Hide(t, "/etc")
	return true
}

func ips(addrs []Sockaddr) (list []netip.Addr) {
	for _, sa := range addrs {
		list = append(list, sa.AddrPort().Addr())
	}
	return list
}

func parseIPs(t *testing.T, text string) (list []netip.Addr) {
	t.Helper()
	for field := range strings.FieldsSeq(text) {
		addr, err := netip.ParseAddr(field)
		check(t, err)
		list = append(list, addr)
	}
	return list
}

// localhosts maps names of the local host to their addresses (RFC 6761), in the order of RFC 6724.
var localhosts = []struct {
	node   string
	family int
	want   string
}{
	{"localhost", AF_UNSPEC, "::1 127.0.0.1"},
	{"localhost", AF_INET, "127.0.0.1"},
	{"localhost", AF_INET6, "::1"},
	{"localhost.", AF_UNSPEC, "::1 127.0.0.1"},
	{"LocalHost", AF_UNSPEC, "::1 127.0.0.1"},
	{"a.localhost", AF_UNSPEC, "::1 127.0.0.1"},
	{"A.B.LOCALHOST.", AF_INET, "127.0.0.1"},
}

func testLocalhost(t *testing.T) {
	t.Helper()
	networks := map[int]string{AF_UNSPEC: "tcp", AF_INET: "udp4", AF_INET6: "tcp6"}
	for _, test := range localhosts {
		want := parseIPs(t, test.want)
		url := networks[test.family] + "://" + test.node + ":80"
		if got := ips(resolveEndpoint(t, url)); !slices.Equal(got, want) {
			t.Errorf("%s resolves to %v, want %v", url, got, want)
		}
		hints := AddrinfoHints{Family: test.family, Socktype: SOCK_STREAM, Flags: AI_CANONNAME}
		list, err := Getaddrinfo(t.Context(), test.node, "80", hints)
		var got []Sockaddr
		for _, info := range list {
			got = append(got, info.Addr)
		}
		if err != nil || !slices.Equal(ips(got), want) || list[0].Canonname != strings.TrimSuffix(test.node, ".") {
			t.Errorf("Getaddrinfo of %s: %v, %v, want %v", test.node, list, err, want)
		}
	}
}

// No name server is asked for localhost, even if there is one and hosts(5) lacks the name.
func TestLocalhostWithoutHostsFile(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("the resolver asked a name server")
		return nil, errors.New("no name server")
	}}
	testLocalhost(t)
	for _, sa := range []string{"127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"} {
		if host, _, err := Getnameinfo(t.Context(), inet(sa), NI_NAMEREQD); host != "localhost" || err != nil {
			t.Errorf("Getnameinfo of %s = %q, %v, want localhost", sa, host, err)
		}
	}
}

func TestLocalhostWithoutIPv6(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", []byte("1"), 0); err != nil {
		t.Skip("cannot turn off IPv6:", err)
	}
	if _, err := net.InterfaceAddrs(); err != nil {
		t.Skip("the host's addresses cannot be known:", err)
	}
	if got := ips(resolveEndpoint(t, "localhost:80")); !slices.Equal(got, parseIPs(t, "127.0.0.1")) {
		t.Errorf("localhost resolves to %v, want 127.0.0.1", got)
	}
	if got, err := parseEndpoint(t, ":80").ResolvePeer(t.Context()); err != nil || !slices.Equal(got, []Sockaddr{inet("127.0.0.1:80")}) {
		t.Errorf("ResolvePeer of :80 = %v, %v, want 127.0.0.1:80", got, err)
	}
}

// Where a sandbox refuses netlink(7), AI_ADDRCONFIG takes every family for configured, as in C.
func TestAddrconfigWithoutNetlink(t *testing.T) {
	socktest.NeedLinux(t, "5.5", "SECCOMP_USER_NOTIF_FLAG_CONTINUE")
	var list []Addrinfo
	var err error
	playKernel(t, unix.SYS_SOCKET).play(func() {
		list, err = Getaddrinfo(context.Background(), "127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_STREAM, Flags: AI_ADDRCONFIG})
	}, func(n notification) response {
		if n.args[0] == AF_NETLINK {
			return response{errno: -int32(unix.EAFNOSUPPORT)}
		}
		return goesOn
	})
	if err != nil || len(list) != 1 || list[0].Addr != inet("127.0.0.1:80") {
		t.Errorf("Getaddrinfo = %v, %v; want 127.0.0.1:80", list, err)
	}
}

// An entry for localhost in hosts(5) takes precedence.
func TestLocalhostOfHostsFile(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	check(t, os.WriteFile("/etc/hosts", []byte("127.0.0.1 localhost\n127.0.0.5 app.localhost\n127.0.0.1 me\n"), 0o644))
	for node, want := range map[string]string{"localhost": "127.0.0.1", "app.localhost": "127.0.0.5", "other.localhost": "::1 127.0.0.1"} {
		if got := ips(resolveEndpoint(t, node+":80")); !slices.Equal(got, parseIPs(t, want)) {
			t.Errorf("%s resolves to %v, want %s", node, got, want)
		}
	}
}

// A zone in hosts(5) is kept, as its number, if there is such an interface. The loopback interface is 1.
func TestZoneOfHostsFile(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	check(t, os.WriteFile("/etc/hosts", []byte("fe80::1%lo a localhost\nfe80::1%nowhere b\nfe80::1%lo b\nfe80::1 b\n127.0.0.1 a\n"), 0o644))
	for _, tt := range []struct {
		node   string
		family int
		want   string
	}{
		{"a", AF_UNSPEC, "127.0.0.1 fe80::1%1"},
		{"a", AF_INET6, "fe80::1%1"},
		{"a", AF_INET, "127.0.0.1"},
		{"b", AF_INET6, "fe80::1 fe80::1 fe80::1%1"},
		{"localhost", AF_INET6, "fe80::1%1"},
	} {
		list, err := Getaddrinfo(t.Context(), tt.node, "80", AddrinfoHints{Family: tt.family, Socktype: SOCK_STREAM})
		var got []string
		for _, a := range list {
			got = append(got, a.Addr.AddrPort().Addr().String())
		}
		slices.Sort(got)
		if strings.Join(got, " ") != tt.want || err != nil {
			t.Errorf("%s, family %d, resolves to %q, %v, want %s in any order", tt.node, tt.family, got, err, tt.want)
		}
	}
}

// Without services(5), the ports of common services are known, including the small ones such as echo.
func TestServicesWithoutFile(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	for service, port := range map[string]uint16{"echo": 7, "discard": 9, "http": 80, "https": 443, "ssh": 22} {
		if addrs := resolveEndpoint(t, "tcp://127.0.0.1:"+service); addrs[0].AddrPort().Port() != port {
			t.Errorf("%s resolves to %v, want port %d", service, addrs, port)
		}
	}
	list, err := Getaddrinfo(t.Context(), "127.0.0.1", "echo", AddrinfoHints{Socktype: SOCK_DGRAM})
	if err != nil || list[0].Addr != inet("127.0.0.1:7") {
		t.Errorf("Getaddrinfo = %v, %v, want port 7", list, err)
	}
	if _, err := ParseEndpoint("tcp://127.0.0.1:nonsense"); err == nil {
		t.Error("ParseEndpoint with service nonsense succeeded, want an error")
	}
}

// If no name server is configured, a look-up's error says so.
func TestLookupWithoutServers(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	_, err := parseEndpoint(t, "tcp://host.example:80").Resolve(t.Context())
	var dns *net.DNSError
	if !errors.As(err, &dns) || !strings.HasSuffix(err.Error(), "(there is no /etc/resolv.conf)") {
		t.Errorf("Resolve: %v", err)
	}
	if _, err := Getaddrinfo(t.Context(), "host.example", "80", AddrinfoHints{}); !errors.Is(err, EAI_AGAIN) {
		t.Errorf("Getaddrinfo: %v, want EAI_AGAIN", err)
	}
}

// A look-up ends with its context, even if the server never answers.
func TestLookupOfASilentServer(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	server := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:53"))
	before, _ := fdutil.Open()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := Getaddrinfo(ctx, "host.example", "80", AddrinfoHints{Family: AF_INET})
		done <- err
	}()
	question, client := receiveFrom(t, server)
	cancel()
	if err := <-done; !errors.Is(err, EAI_AGAIN) || !errors.Is(err, context.Canceled) {
		t.Errorf("Getaddrinfo: %v, want EAI_AGAIN because the context ended", err)
	}
	// Package net still waits for the answer: the name doesn't exist.
	binary.BigEndian.PutUint16(question[2:], flagsNoSuchName)
	sendTo(t, server, question, client)
	for after, _ := fdutil.Open(); !slices.Equal(before, after); after, _ = fdutil.Open() {
		Poll(nil, 5)
	}
}
