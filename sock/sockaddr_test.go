//go:build unix

package sock_test

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

var _ net.Addr = Sockaddr{}

// longest returns the length of the longest path that Unix accepts on this system.
func longest(t *testing.T) int {
	t.Helper()
	for n := range 256 {
		if _, err := Unix(strings.Repeat("x", n+1)); err != nil {
			return n
		}
	}
	t.Fatal("Unix accepts paths of any length")
	return 0
}

func raw(t testing.TB, family int, data string) Sockaddr {
	t.Helper()
	sa, err := Raw(family, []byte(data))
	check(t, err)
	return sa
}

func TestInetAccessors(t *testing.T) {
	tests := []struct {
		text    string
		family  int
		network string
	}{
		{"0.0.0.0:0", AF_INET, "inet"},
		{"127.0.0.1:80", AF_INET, "inet"},
		{"255.255.255.255:65535", AF_INET, "inet"},
		{"[::]:0", AF_INET6, "inet6"},
		{"[::1]:80", AF_INET6, "inet6"},
		{"[::ffff:127.0.0.1]:80", AF_INET6, "inet6"},
		{"[fe80::1%7]:65535", AF_INET6, "inet6"},
	}
	for _, test := range tests {
		ap := netip.MustParseAddrPort(test.text)
		sa := Inet(ap)
		if sa.AddrPort() != ap || sa.Family() != test.family || sa.Network() != test.network || sa.String() != test.text {
			t.Errorf("Inet(%v) = %v of %s, family %d, %q, want %s, %d, %q", ap, sa.AddrPort(), sa.Network(), sa.Family(), sa.String(), test.network, test.family, test.text)
		}
		if sa.IsZero() || sa.Path() != "" || sa.Name() != "" || sa.FlowInfo() != 0 {
			t.Errorf("Inet(%v) has IsZero %t, path %q, name %q, flow %#x, want none", ap, sa.IsZero(), sa.Path(), sa.Name(), sa.FlowInfo())
		}
		if len(sa.AppendTo(nil)) != sa.Len() {
			t.Errorf("Inet(%v) has %d bytes, want %d", ap, len(sa.AppendTo(nil)), sa.Len())
		}
	}
}

func TestInetRefuses(t *testing.T) {
	if sa := Inet(netip.AddrPort{}); !sa.IsZero() {
		t.Errorf("Inet of no address = %v, want the zero Sockaddr", sa)
	}
	if sa := inet("[fe80::1%no-such-interface]:1"); !sa.IsZero() {
		t.Errorf("Inet with an unknown interface = %v, want the zero Sockaddr", sa)
	}
	if sa := inet("[fe80::1%4294967296]:1"); !sa.IsZero() {
		t.Errorf("Inet with a zone of more than 32 bits = %v, want the zero Sockaddr", sa)
	}
}

// loopback returns the loopback interface, "lo" or "lo0".
func loopback(t *testing.T) net.Interface {
	t.Helper()
	ifs, err := net.Interfaces()
	if err != nil {
		t.Skip("cannot list the network interfaces:", err)
	}
	for _, i := range ifs {
		if i.Flags&net.FlagLoopback != 0 {
			return i
		}
	}
	t.Skip("no loopback interface")
	return net.Interface{}
}

func TestInetZoneByName(t *testing.T) {
	lo := loopback(t)
	zoned := netip.MustParseAddrPort("[fe80::1]:80")
	named := Inet(netip.AddrPortFrom(zoned.Addr().WithZone(lo.Name), 80))
	if zone := named.AddrPort().Addr().Zone(); zone == "" || zone == "0" || named == Inet(zoned) {
		t.Errorf("zone of %s = %q, want its number", lo.Name, zone)
	}
	if again := Inet(named.AddrPort()); again != named {
		t.Errorf("Inet with the zone's number = %v, want %v", again, named)
	}
}

func TestFlowInfo(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("[::1]:80")
	if sa := InetFlow(v6, 0xabcde); sa.FlowInfo() != 0xabcde || sa.AddrPort() != v6 || sa == Inet(v6) {
		t.Errorf("InetFlow = %v with flow %#x, want %v, 0xabcde", sa.AddrPort(), sa.FlowInfo(), v6)
	}
	if sa := InetFlow(v4, 0xabcde); sa.FlowInfo() != 0 || sa != Inet(v4) {
		t.Errorf("InetFlow of IPv4 = %v with flow %#x, want %v, 0", sa, sa.FlowInfo(), v4)
	}
}

func TestUnix(t *testing.T) {
	most := longest(t)
	for _, path := range []string{"/run/x", "x", "@x", "@", "%41", "a b", "\xff", strings.Repeat("x", most-1), strings.Repeat("x", most)} {
		sa, err := Unix(path)
		if err != nil || sa.Path() != path || sa.Name() != "" || sa.Family() != AF_UNIX || sa.Network() != "unix" || sa.AddrPort().IsValid() {
			t.Errorf("Unix(%q) = %v, %v with path %q, name %q, family %d", path, sa, err, sa.Path(), sa.Name(), sa.Family())
		}
	}
	for _, path := range []string{"", "a\x00b", "\x00", strings.Repeat("x", most+1)} {
		if sa, err := Unix(path); !sa.IsZero() || err != EINVAL {
			t.Errorf("Unix(%q) = %v, %v, want EINVAL", path, sa, err)
		}
	}
}

func TestAddressesWithoutName(t *testing.T) {
	if sa := (Sockaddr{}); !sa.IsZero() || sa.Len() != 0 || sa.Family() != AF_UNSPEC || sa.String() != "" || len(sa.AppendTo(nil)) != 0 {
		t.Errorf("zero Sockaddr is %q with length %d, family %d, want zeros", sa.String(), sa.Len(), sa.Family())
	}
	if sa := Unspec(); sa.IsZero() || sa.Family() != AF_UNSPEC || sa.String() != "unspec" || sa.Network() != "unspec" {
		t.Errorf("Unspec() = %q of %s, family %d, want unspec", sa.String(), sa.Network(), sa.Family())
	}
	if sa := Unnamed(); sa.IsZero() || sa.Family() != AF_UNIX || sa.Path() != "" || sa.Name() != "" || sa.String() != "unix:" {
		t.Errorf("Unnamed() = %q with path %q, name %q, family %d, want unix: and no name", sa.String(), sa.Path(), sa.Name(), sa.Family())
	}
}

func TestRaw(t *testing.T) {
	const unknown = 200
	sa := raw(t, unknown, "\x01\x02\xff")
	if sa.Family() != unknown || sa.String() != "raw:200:0102ff" || sa.Network() != "raw" || sa.AddrPort().IsValid() || sa.Path() != "" {
		t.Errorf("Raw = %q of %s, family %d, want raw:200:0102ff", sa.String(), sa.Network(), sa.Family())
	}
	if sa := raw(t, AF_INET, "\x00\x50\x7f\x00\x00\x01"); sa.AddrPort().IsValid() || !strings.HasPrefix(sa.String(), "raw:") {
		t.Errorf("truncated AF_INET address is %v, want raw bytes", sa)
	}
	inet4 := inet("127.0.0.1:80")
	if sa := raw(t, AF_INET, string(inet4.AppendTo(nil)[2:])); sa != inet4 {
		t.Errorf("Raw with the bytes of %v = %v, want the same", inet4, sa)
	}
	for _, family := range []int{-1, 1 << 16} {
		if sa, err := Raw(family, nil); !sa.IsZero() || err != EINVAL {
			t.Errorf("Raw of family %d = %v, %v, want EINVAL", family, sa, err)
		}
	}
	if sa := raw(t, unknown, strings.Repeat("x", 126)); sa.Len() != 128 {
		t.Errorf("longest address has %d bytes, want 128", sa.Len())
	}
	if sa, err := Raw(unknown, make([]byte, 127)); !sa.IsZero() || err != EINVAL {
		t.Errorf("Raw of 127 bytes = %v, %v, want EINVAL", sa, err)
	}
}

func TestComparable(t *testing.T) {
	seen := map[Sockaddr]int{}
	for i, sa := range []Sockaddr{{}, Unspec(), Unnamed(), inet("127.0.0.1:80"), inet("127.0.0.1:81"), inet("[::1]:80"), unixPath(t, "x"), unixPath(t, "xx")} {
		if j, ok := seen[sa]; ok {
			t.Errorf("addresses %d and %d are the same key", j, i)
		}
		seen[sa] = i
	}
	if i := seen[inet("127.0.0.1:81")]; i != 4 {
		t.Errorf("map has address %d for 127.0.0.1:81, want 4", i)
	}
}

func TestAppendTo(t *testing.T) {
	sa := inet("127.0.0.1:80")
	if got := sa.AppendTo([]byte("before")); string(got) != "before"+string(sa.AppendTo(nil)) {
		t.Errorf("AppendTo = %q, want \"before\" and the address", got)
	}
}

func TestBindSetsTheName(t *testing.T) {
	t.Chdir(t.TempDir())
	tests := []struct {
		name string
		sa   Sockaddr
	}{
		{"plain", unixPath(t, "x")},
		{"at", unixPath(t, "@x")},
		{"percent", unixPath(t, "%41 \xff")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := name(t, bound(t, AF_UNIX, SOCK_STREAM, test.sa)); got != test.sa {
				t.Errorf("name after Bind = %v, want %v", got, test.sa)
			}
			if _, err := os.Lstat(test.sa.Path()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBindPicksThePort(t *testing.T) {
	for _, any := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"} {
		t.Run(any, func(t *testing.T) {
			sa := inet(any)
			picked := name(t, bound(t, sa.Family(), SOCK_STREAM, sa))
			want := netip.AddrPortFrom(sa.AddrPort().Addr(), picked.AddrPort().Port())
			if want.Port() == 0 || picked != Inet(want) {
				t.Errorf("name after Bind to %v = %v, want a port", sa, picked)
			}
			if err := Bind(socket(t, sa.Family(), SOCK_STREAM, 0), picked); err != EADDRINUSE {
				t.Errorf("second Bind to %v: %v, want EADDRINUSE", picked, err)
			}
		})
	}
}

func TestLongestPath(t *testing.T) {
	t.Chdir(t.TempDir())
	sa := unixPath(t, strings.Repeat("x", longest(t)))
	l := bound(t, AF_UNIX, SOCK_STREAM, sa)
	check(t, Listen(l, 1))
	check(t, Connect(socket(t, AF_UNIX, SOCK_STREAM, 0), sa))
	if got := name(t, l).Path(); got != sa.Path() {
		t.Errorf("path after Bind = %q, want %q", got, sa.Path())
	}
	accepted(t, l)
}

// Receiving a shorter address leaves no bytes of an earlier, longer one.
func TestNoStaleBytes(t *testing.T) {
	t.Chdir(t.TempDir())
	to := bound(t, AF_UNIX, SOCK_DGRAM, unixPath(t, "receiver"))
	want := []Sockaddr{unixPath(t, strings.Repeat("long", 20)), unixPath(t, "short")}
	for _, sa := range want {
		_, err := Sendto(bound(t, AF_UNIX, SOCK_DGRAM, sa), []byte("x"), 0, name(t, to))
		check(t, err)
	}
	var from Sockaddr
	for _, sa := range want {
		var err error
		_, from, err = Recvfrom(to, make([]byte, 8), 0)
		if err != nil || from != sa {
			t.Errorf("Recvfrom = %v, %v, want %v", from, err, sa)
		}
	}
}

func TestUnnamedSender(t *testing.T) {
	t.Chdir(t.TempDir())
	to := bound(t, AF_UNIX, SOCK_DGRAM, unixPath(t, "receiver"))
	_, err := Sendto(socket(t, AF_UNIX, SOCK_DGRAM, 0), []byte("x"), 0, name(t, to))
	check(t, err)
	if n, from, err := Recvfrom(to, make([]byte, 8), 0); n != 1 || from != (Sockaddr{}) || err != nil {
		t.Errorf("Recvfrom = %d, %v, %v, want 1 byte and no address", n, from, err)
	}
}
