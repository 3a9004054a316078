//go:build unix

package sock_test

import (
	"errors"
	"net"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestPacketConn(t *testing.T) {
	for _, k := range socktest.Kinds {
		if k.Type != sock.SOCK_DGRAM {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			a, b := listeningConn(t, k), listeningConn(t, k)
			if n, err := a.PacketConn().WriteTo([]byte("hello"), b.LocalAddr()); n != 5 || err != nil {
				t.Fatalf("WriteTo = %d, %v, want 5", n, err)
			}
			p := make([]byte, 8)
			n, from, err := b.PacketConn().ReadFrom(p)
			if err != nil || string(p[:n]) != "hello" || from.String() != a.LocalAddr().String() {
				t.Fatalf("ReadFrom = %q, %v, %v, want hello from %v", p[:n], from, err, a.LocalAddr())
			}
			invalid := &net.TCPAddr{Port: 1 << 20}
			_, err = a.PacketConn().WriteTo(p, invalid)
			if op := (*net.OpError)(nil); !errors.As(err, &op) || op.Addr != invalid {
				t.Errorf("WriteTo: %v, want a *net.OpError with the address", err)
			}
		})
	}
}

func TestPacketConnDualStack(t *testing.T) {
	six := listeningConn(t, kind{Name: "dual stack", Domain: sock.AF_INET6, Type: sock.SOCK_DGRAM})
	four := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_DGRAM})
	_, err := six.PacketConn().WriteTo([]byte("hello"), four.LocalAddr())
	check(t, err)
	p := make([]byte, 8)
	if n, _, err := four.PacketConn().ReadFrom(p); string(p[:n]) != "hello" || err != nil {
		t.Fatalf("ReadFrom = %q, %v, want hello", p[:n], err)
	}
}

// An address without an IP, and the other family's wildcard, mean the local host, as in package net.
func TestPacketConnWildcard(t *testing.T) {
	for _, k := range socktest.Kinds {
		if k.Type != sock.SOCK_DGRAM || !k.IsInet() {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			c := listeningConn(t, k)
			for _, ip := range []net.IP{nil, net.IPv4zero, net.IPv6zero} {
				to := &net.UDPAddr{IP: ip, Port: c.LocalAddr().(*net.UDPAddr).Port}
				if _, err := c.PacketConn().WriteTo([]byte("x"), to); err != nil {
					t.Errorf("WriteTo: %v", err)
					continue
				}
				if n, err := c.Read(make([]byte, 8)); n != 1 || err != nil {
					t.Errorf("Read = %d, %v, want 1", n, err)
				}
			}
		})
	}
}

// Connect and disconnect change what an existing PacketConn may do.
func TestPacketConnConnects(t *testing.T) {
	for _, k := range socktest.Kinds {
		if k.Type != sock.SOCK_DGRAM {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			a, b := listeningConn(t, k), listeningConn(t, k)
			c, to := a.PacketConn(), b.LocalAddr()
			sa, err := sock.SockaddrOf(to)
			check(t, err)
			write := func(step string, addr net.Addr, want error) {
				t.Helper()
				if _, err := c.WriteTo([]byte("x"), addr); !errors.Is(err, want) {
					t.Errorf("%s: WriteTo(%v): %v, want %v", step, addr, err, want)
				}
			}
			write("at first", to, nil)
			check(t, a.Connect(t.Context(), sa))
			write("connected", to, net.ErrWriteToConnected)
			write("connected", nil, nil)
			check(t, a.Connect(t.Context(), sock.Unspec()))
			write("disconnected", to, nil)
		})
	}
}
