//go:build unix

package sock_test

import (
	"net/netip"
	"testing"

	. "example.com/berkeley/sock"
)

// TestEndpointURL expects that an address of any transport can be given back to ParseEndpoint as it was printed.
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
				t.Errorf("Parse(%q) is %s %v, want %s %v", url, e.Network, addrs, tt.network, tt.sa)
			}
		})
	}
}

// A client's socket of AF_UNIX has no name, but its URL is for people.
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
				t.Errorf("Records() = %t, Datagram() = %t; want %t, %t", e.Records(), e.Datagram(), tt.records, tt.datagram)
			}
		})
	}
}
