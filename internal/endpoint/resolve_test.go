//go:build unix

package endpoint_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

func parse(t testing.TB, s string) endpoint.Endpoint {
	t.Helper()
	e, err := endpoint.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func resolve(t testing.TB, s string) []sock.Sockaddr {
	t.Helper()
	addrs, err := parse(t, s).Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return addrs
}

func TestResolveName(t *testing.T) {
	want := sock.Inet(netip.MustParseAddrPort("127.0.0.1:80"))
	for _, in := range []string{"localhost:80", "tcp://localhost:80", "tcp4://localhost:http", "udp://localhost:80", "udp4://localhost:80"} {
		t.Run(in, func(t *testing.T) {
			if addrs := resolve(t, in); !slices.Contains(addrs, want) {
				t.Errorf("Resolve() = %v, want %v among them", addrs, want)
			}
		})
	}
}

func TestResolveFamily(t *testing.T) {
	families := map[string]int{"tcp4": sock.AF_INET, "udp4": sock.AF_INET, "tcp6": sock.AF_INET6, "udp6": sock.AF_INET6}
	for network, family := range families {
		t.Run(network, func(t *testing.T) {
			addrs, err := parse(t, network+"://localhost:80").Resolve(t.Context())
			if err != nil {
				t.Skip("localhost has no such address:", err)
			}
			for _, sa := range addrs {
				if sa.Family() != family {
					t.Errorf("Resolve() has %v, of another family", sa)
				}
			}
		})
	}
}

func TestResolveNoSuchName(t *testing.T) {
	// Two dots in a row are no name at all: nobody on the network has to be asked.
	if addrs, err := parse(t, "tcp://no..host:80").Resolve(t.Context()); err == nil {
		t.Errorf("Resolve() = %v, want an error", addrs)
	}
}

func TestResolveCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if addrs, err := parse(t, "tcp://host.invalid:80").Resolve(ctx); err == nil {
		t.Errorf("Resolve() = %v, want an error", addrs)
	}
}

func TestZone(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) == 0 {
		t.Skip("this machine shows no interfaces:", err)
	}
	name, number := interfaces[0].Name, strconv.Itoa(interfaces[0].Index)
	byName, byNumber := "tcp6://[fe80::1%"+name+"]:80", "tcp6://[fe80::1%"+number+"]:80"
	a, b := resolve(t, byName), resolve(t, byNumber)
	if !slices.Equal(a, b) {
		t.Errorf("%s is %v, %s is %v; want the same", byName, a, byNumber, b)
	}
	if url := parse(t, byName).URL(a[0]); url != byNumber {
		t.Errorf("URL() = %q, want %q", url, byNumber)
	}
}
