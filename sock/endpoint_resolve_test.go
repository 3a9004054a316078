//go:build unix

package sock_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	. "example.com/berkeley/sock"
)

func parseEndpoint(t testing.TB, s string) Endpoint {
	t.Helper()
	e, err := ParseEndpoint(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func resolveEndpoint(t testing.TB, s string) []Sockaddr {
	t.Helper()
	addrs, err := parseEndpoint(t, s).Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return addrs
}

func TestEndpointResolveName(t *testing.T) {
	want := Inet(netip.MustParseAddrPort("127.0.0.1:80"))
	for _, in := range []string{"localhost:80", "tcp://localhost:80", "tcp4://localhost:http", "udp://localhost:80", "udp4://localhost:80"} {
		t.Run(in, func(t *testing.T) {
			if addrs := resolveEndpoint(t, in); !slices.Contains(addrs, want) {
				t.Errorf("Resolve() = %v, want %v among them", addrs, want)
			}
		})
	}
}

func TestEndpointResolveFamily(t *testing.T) {
	families := map[string]int{"tcp4": AF_INET, "udp4": AF_INET, "tcp6": AF_INET6, "udp6": AF_INET6}
	for network, family := range families {
		t.Run(network, func(t *testing.T) {
			addrs, err := parseEndpoint(t, network+"://localhost:80").Resolve(t.Context())
			if err != nil {
				t.Skip("localhost has no such address:", err)
			}
			for _, sa := range addrs {
				if sa.Family() != family {
					t.Errorf("Resolve() contains %v, want no address of another family", sa)
				}
			}
		})
	}
}

func TestEndpointResolveNoSuchName(t *testing.T) {
	// A name with two dots in a row is invalid, so no name server is asked.
	if addrs, err := parseEndpoint(t, "tcp://no..host:80").Resolve(t.Context()); err == nil {
		t.Errorf("Resolve() = %v, want an error", addrs)
	}
}

func TestEndpointResolveCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if addrs, err := parseEndpoint(t, "tcp://host.invalid:80").Resolve(ctx); err == nil {
		t.Errorf("Resolve() = %v, want an error", addrs)
	}
}

func TestEndpointZone(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) == 0 {
		t.Skip("cannot list this machine's interfaces:", err)
	}
	name, number := interfaces[0].Name, strconv.Itoa(interfaces[0].Index)
	byName, byNumber := "tcp6://[fe80::1%"+name+"]:80", "tcp6://[fe80::1%"+number+"]:80"
	a, b := resolveEndpoint(t, byName), resolveEndpoint(t, byNumber)
	if !slices.Equal(a, b) {
		t.Errorf("Resolve(%s) = %v, Resolve(%s) = %v, want the same", byName, a, byNumber, b)
	}
	if url := parseEndpoint(t, byName).URL(a[0]); url != byNumber {
		t.Errorf("URL() = %q, want %q", url, byNumber)
	}
}

// Without a host, a client connects to the loopback address and a server listens on all addresses. A given address is
// kept.
func TestEndpointResolvePeer(t *testing.T) {
	tests := []struct{ in, server, client string }{
		{"tcp4://:80", "0.0.0.0:80", "127.0.0.1:80"},
		{"udp4://*:80", "0.0.0.0:80", "127.0.0.1:80"},
		{"tcp6://:80", "[::]:80", "[::1]:80"},
		{"0.0.0.0:80", "0.0.0.0:80", "0.0.0.0:80"},
		{"[::]:80", "[::]:80", "[::]:80"},
		{"127.0.0.2:80", "127.0.0.2:80", "127.0.0.2:80"},
	}
	for _, tt := range tests {
		peers, err := parseEndpoint(t, tt.in).ResolvePeer(t.Context())
		if own := resolveEndpoint(t, tt.in); !slices.Equal(own, []Sockaddr{inet(tt.server)}) || !slices.Equal(peers, []Sockaddr{inet(tt.client)}) || err != nil {
			t.Errorf("%s: Resolve = %v, ResolvePeer = %v, %v, want %s and %s", tt.in, own, peers, err, tt.server, tt.client)
		}
	}
}
