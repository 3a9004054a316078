package sock_test

import (
	"errors"
	"net"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// Raw IP networks have package net's names and addresses.
func TestRawIPNetworks(t *testing.T) {
	for _, test := range []struct{ network, host string }{
		{"ip4:253", "127.0.0.1"}, // for experiments: RFC 3692
		{"ip6:253", "::1"},
		{"ip:253", "127.0.0.1"},
		{"ip4:253", "::ffff:127.0.0.1"},
		{"ip4:icmp", "127.0.0.1"},
		{"ip6:ipv6-icmp", "::1"},
	} {
		t.Run(test.network+" "+test.host, func(t *testing.T) {
			theirs, err := net.Dial(test.network, test.host)
			if err != nil {
				t.Skip("package net cannot dial either:", err)
			}
			defer theirs.Close()
			server, err := new(ListenConfig).ListenPacket(t.Context(), test.network, test.host)
			check(t, err)
			defer server.Close()
			client, err := new(Dialer).DialContext(t.Context(), test.network, test.host)
			check(t, err)
			defer client.Close()
			for name, addrs := range map[string][2]net.Addr{
				"own": {client.LocalAddr(), theirs.LocalAddr()}, "peer's": {client.RemoteAddr(), theirs.RemoteAddr()},
				"server's": {server.LocalAddr(), theirs.RemoteAddr()},
			} {
				if got, ok := addrs[0].(*net.IPAddr); !ok || got.String() != addrs[1].String() {
					t.Errorf("%s address is %T %v, want %v", name, addrs[0], addrs[0], addrs[1])
				}
			}
			check(t, server.SetReadDeadline(time.Now().Add(10*time.Second)))
			sent := append([]byte{128, 0, 0, 0}, "Hello, world"...) // an ICMPv6 type that no filter drops
			_, err = client.Write(sent)
			check(t, err)
			p := make([]byte, 100)
			for { // other packets of the protocol may arrive
				n, from, err := server.ReadFrom(p)
				check(t, err)
				if n == len(sent) && string(p[4:n]) == string(sent[4:]) {
					if from.String() != client.RemoteAddr().String() {
						t.Errorf("sender is %v, want %v", from, client.RemoteAddr())
					}
					return
				}
			}
		})
	}
}

func TestUnknownRawNetworks(t *testing.T) {
	for _, network := range []string{"ip4:nosuch", "ip4:256", "ip4:", "ip5:icmp", "tcp:6"} {
		if _, err := new(Dialer).Dial(network, "127.0.0.1"); !errors.Is(err, net.UnknownNetworkError(network)) {
			t.Errorf("%s: %v, want net.UnknownNetworkError", network, err)
		}
	}
	var config ListenConfig
	if l, err := config.Listen(t.Context(), "ip4:icmp", "127.0.0.1"); err == nil {
		t.Error("Listen on a raw IP network succeeded")
		l.Close()
	}
}
