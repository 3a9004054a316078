//go:build unix

package sock_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func FuzzParseSockaddr(f *testing.F) {
	for _, s := range []string{"127.0.0.1:80", "tcp6://[fe80::1%2]:80?flowinfo=0xabcde", "unix://@x", "@a%00b", "/%2541", "/%4a%4A%g0",
		"unix:", "unspec", "raw:200:0102ff", "vsock:2:1024", "netlink:7:0x11", "packet:3:0x0800:1:4:0aff",
		"127.1:http", "0x7f.1:0", "TCP://127.0.0.1:80/", "tcp6://[FE80::1%252]:80", "[fe80::1%25]:80", "*:1", ":1", " unix:///a%20b \n",
		"unixgram:a/b", "vsock://any:-1U"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sa, err := ParseSockaddr(s)
		if err != nil {
			return
		}
		// The kernel returns packet addresses that are shorter than those that it accepts.
		shorter := strings.HasPrefix(sa.String(), "packet:")
		if again, err := ParseSockaddr(sa.String()); err != nil || again != sa && !shorter {
			t.Errorf("ParseSockaddr(%q) = %x; ParseSockaddr(%q), its text, = %x, %v, want the same", s, sa.AppendTo(nil), sa.String(), again.AppendTo(nil), err)
		}
	})
}

// The URL of an endpoint's address parses to the same address.
func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"tcp://127.1:echo", "udp6://[fe80::1%2525]:1?flowinfo=0x7", "unix:@a%00b", "unixpacket://@x", "unix:a", "vsock:local:7",
		"mptcp://*:1/", "localhost:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEndpoint(s)
		if err != nil {
			return
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // prevents look-ups of names
		addrs, err := e.Resolve(ctx)
		if err != nil {
			return
		}
		again, err := ParseEndpoint(e.URL(addrs[0]))
		if err != nil || again.Network != e.Network {
			t.Fatalf("ParseEndpoint(%q) = %+v; ParseEndpoint(%q), its URL, = %+v, %v, want the same", s, e, e.URL(addrs[0]), again, err)
		}
		if same, err := again.Resolve(ctx); err != nil || !slices.Equal(same, addrs) {
			t.Errorf("Resolve of %q = %v; of %q, its URL, = %v, %v, want the same", s, addrs, e.URL(addrs[0]), same, err)
		}
	})
}

func FuzzSockaddr(f *testing.F) {
	for _, sa := range []Sockaddr{inet("127.0.0.1:80"), inet("[fe80::1%2]:80"), unixPath(f, "/run/x"), unixPath(f, "//"), Unnamed(), Unspec()} {
		f.Add(sa.Family(), sa.AppendTo(nil)[2:])
	}
	f.Fuzz(func(t *testing.T, family int, data []byte) {
		sa, err := Raw(family, data)
		if err != nil {
			return
		}
		sa.AddrPort()
		sa.FlowInfo()
		sa.Path()
		sa.Name()
		sa.Network()
		if sa.Family() != family || sa.Len() != 2+len(data) {
			t.Errorf("family %d and %d bytes became family %d and %d", family, len(data), sa.Family(), sa.Len())
		}
		if again, err := ParseSockaddr(sa.String()); err != nil || again.String() != sa.String() {
			t.Errorf("%x prints as %q, and that as %q, %v", sa.AppendTo(nil), sa.String(), again.String(), err)
		}
	})
}
