//go:build unix

package sock_test

import (
	"errors"
	"net/netip"
	"testing"

	. "example.com/berkeley/sock"
)

// ParseEndpoint parses the URL of an address of any transport.
func TestEndpointURL(t *testing.T) {
	inet := func(s string) Sockaddr { return Inet(netip.MustParseAddrPort(s)) }
	path := func(s string) Sockaddr {
		sa, err := Unix(s)
		if err != nil {
			t.Fatal(err)
		}
		return sa
	}
	tests := []struct {
		network string
		sa      Sockaddr
		want    string
	}{
		{"tcp", inet("127.0.0.1:80"), "tcp://127.0.0.1:80"},
		{"tcp", inet("[::1]:80"), "tcp://[::1]:80"},
		{"tcp4", inet("0.0.0.0:0"), "tcp4://0.0.0.0:0"},
		{"tcp6", inet("[fe80::1%7]:80"), "tcp6://[fe80::1%7]:80"},
		{"udp", inet("127.0.0.1:53"), "udp://127.0.0.1:53"},
		{"udp4", inet("127.0.0.1:53"), "udp4://127.0.0.1:53"},
		{"udp6", inet("[::]:65535"), "udp6://[::]:65535"},
		{"unix", path("/run/x"), "unix:///run/x"},
		{"unix", path("x"), "unix://x"},
		{"unix", path("@x"), "unix://@x"},
		{"unix", path("/a b"), "unix:///a b"},
		{"unix", path("/a\nb"), "unix:///a%0Ab"},
		{"unix", path("/a%0Ab"), "unix:///a%250Ab"},
		{"unixgram", path("/run/x"), "unixgram:///run/x"},
		{"unixgram", path("./x"), "unixgram://./x"},
		{"unixpacket", path("/run/x"), "unixpacket:///run/x"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			url := Endpoint{Network: tt.network}.URL(tt.sa)
			if url != tt.want {
				t.Errorf("URL() = %q, want %q", url, tt.want)
			}
			if e, addrs := parseEndpoint(t, url), resolveEndpoint(t, url); e.Network != tt.network || len(addrs) != 1 || addrs[0] != tt.sa {
				t.Errorf("ParseEndpoint(%q) = %s %v, want %s %v", url, e.Network, addrs, tt.network, tt.sa)
			}
		})
	}
}

// A client's AF_UNIX socket has no name, so its URL is only for display.
func TestEndpointURLUnnamed(t *testing.T) {
	if url := (Endpoint{Network: "unixpacket"}).URL(Unnamed()); url != "unixpacket:" {
		t.Errorf("URL() = %q, want unixpacket: alone", url)
	}
}

func TestEndpointKindOfTransport(t *testing.T) {
	tests := []struct {
		in                string
		records, datagram bool
	}{
		{"tcp://127.0.0.1:80", false, false},
		{"udp://127.0.0.1:80", true, true},
		{"unix:///x", false, false},
		{"unixgram:///x", true, true},
		{"unixpacket:///x", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if e := parseEndpoint(t, tt.in); e.Records() != tt.records || e.Datagram() != tt.datagram {
				t.Errorf("Records() = %t, Datagram() = %t, want %t, %t", e.Records(), e.Datagram(), tt.records, tt.datagram)
			}
		})
	}
}

// NetworkOf returns each scheme for its own sockets, unless the scheme is limited to one family.
func TestNetworkOf(t *testing.T) {
	tests := []struct {
		family, typ, protocol int
		want                  string
	}{
		{AF_INET, SOCK_STREAM, 0, "tcp"},
		{AF_INET6, SOCK_STREAM, IPPROTO_TCP, "tcp"},
		{AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "udp"},
		{AF_UNIX, SOCK_STREAM, 0, "unix"},
		{AF_UNIX, SOCK_DGRAM, 0, "unixgram"},
		{AF_UNIX, SOCK_SEQPACKET, 0, "unixpacket"},
		{AF_INET, SOCK_RAW, IPPROTO_ICMP, ""},
		{AF_UNSPEC, SOCK_SEQPACKET, 0, ""},
	}
	for _, tt := range tests {
		if got := NetworkOf(tt.family, tt.typ, tt.protocol); got != tt.want {
			t.Errorf("NetworkOf(%d, %d, %d) = %q, want %q", tt.family, tt.typ, tt.protocol, got, tt.want)
		}
	}
}

func TestEndpointFamily(t *testing.T) {
	tests := []struct {
		in     string
		family int
	}{
		{"tcp://localhost:80", AF_UNSPEC},
		{"localhost:80", AF_UNSPEC},
		{"tcp4://localhost:80", AF_INET},
		{"udp6://localhost:80", AF_INET6},
		{"/run/x", AF_UNIX},
		{"unixpacket:@x", AF_UNIX},
	}
	for _, tt := range tests {
		if e := parseEndpoint(t, tt.in); e.Family != tt.family || e.V6Only() != (tt.family == AF_INET6) {
			t.Errorf("%s: Family = %d, V6Only() = %t, want %d", tt.in, e.Family, e.V6Only(), tt.family)
		}
	}
}

// The errors of addresses and endpoints have the same type, which holds the text.
func TestParseError(t *testing.T) {
	for _, text := range []string{"", "127.0.0.1", "nonsense://x", "raw:x:", "unix://"} {
		_, sockaddrErr := ParseSockaddr(text)
		_, endpointErr := ParseEndpoint(text)
		for _, err := range []error{sockaddrErr, endpointErr} {
			var parse *ParseError
			if !errors.As(err, &parse) || parse.Text != text || parse.Err == nil || !errors.Is(err, parse.Err) {
				t.Errorf("ParseEndpoint(%q): %#v, want a ParseError with the text", text, err)
			}
		}
	}
}
