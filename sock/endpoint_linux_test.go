package sock_test

import (
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func TestEndpointAbstract(t *testing.T) {
	tests := []struct {
		in, network, name, url string
	}{
		{"@x", "unix", "x", "unix:@x"},
		{"unix:@x", "unix", "x", "unix:@x"},
		{"unixgram:@x", "unixgram", "x", "unixgram:@x"},
		{"unixpacket:@x", "unixpacket", "x", "unixpacket:@x"},
		{"unix:@/a:b", "unix", "/a:b", "unix:@/a:b"},
		{"unix:@a%00b", "unix", "a\x00b", "unix:@a%00b"},
		{"@", "unix", "", "unix:@"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			want, err := Abstract(tt.name)
			if err != nil {
				t.Fatal(err)
			}
			e, addrs := parseEndpoint(t, tt.in), resolveEndpoint(t, tt.in)
			if e.Network != tt.network || len(addrs) != 1 || addrs[0] != want {
				t.Errorf("%s %v, want %s %v", e.Network, addrs, tt.network, want)
			}
			if url := e.URL(want); url != tt.url {
				t.Errorf("URL() = %q, want %q", url, tt.url)
			}
		})
	}
}

func TestEndpointAbstractTooLong(t *testing.T) {
	if _, err := ParseEndpoint("@" + strings.Repeat("x", 108)); err == nil || !strings.Contains(err.Error(), "more than the 107") {
		t.Errorf("Parse() = %v, want an error with the longest length", err)
	}
}

func TestEndpointOfLinux(t *testing.T) {
	tests := []struct {
		in            string
		sa            Sockaddr
		typ, protocol int
		url           string
	}{
		{"vsock://2:1024", VM(2, 1024), SOCK_STREAM, 0, "vsock://2:1024"},
		{"vsock:2:1024", VM(2, 1024), SOCK_STREAM, 0, "vsock://2:1024"},
		{"mptcp://127.0.0.1:http", inet("127.0.0.1:80"), SOCK_STREAM, IPPROTO_MPTCP, "mptcp://127.0.0.1:80"},
		{"mptcp://[::1]:80", inet("[::1]:80"), SOCK_STREAM, IPPROTO_MPTCP, "mptcp://[::1]:80"},
	}
	for _, tt := range tests {
		e, addrs := parseEndpoint(t, tt.in), resolveEndpoint(t, tt.in)
		if e.Type != tt.typ || e.Protocol != tt.protocol || len(addrs) != 1 || addrs[0] != tt.sa || e.URL(addrs[0]) != tt.url {
			t.Errorf("%s is %+v at %v; want %v", tt.in, e, addrs, tt.sa)
		}
	}
	if _, err := ParseEndpoint("vsock://nonsense"); err == nil {
		t.Error("vsock://nonsense is taken")
	}
}
