//go:build linux

package interop_test

import (
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// receive is a datagram with what the kernel tells of it. It takes ReadBatch, because the ReadFrom of these packages works on
// package net's own types alone.
func receive[C interface{ Parse([]byte) error }](t *testing.T, c interface {
	ReadBatch(ms []ipv4.Message, flags int) (int, error)
}, control C) ([]byte, C, net.Addr) {
	t.Helper()
	in := []ipv4.Message{{Buffers: [][]byte{make([]byte, 2000)}, OOB: make([]byte, 256)}}
	_, err := c.ReadBatch(in, 0)
	check(t, err)
	check(t, control.Parse(in[0].OOB[:in[0].NN]))
	return in[0].Buffers[0][:in[0].N], control, in[0].Addr
}

func TestIPv4(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		from := ipv4.NewPacketConn(packets(t, client, "udp4", "127.0.0.1:0"))
		to := ipv4.NewPacketConn(packets(t, server, "udp4", "127.0.0.1:0"))
		check(t, from.SetTTL(33))
		check(t, to.SetControlMessage(ipv4.FlagTTL|ipv4.FlagDst|ipv4.FlagInterface, true))
		out := make([]ipv4.Message, 3)
		for i := range out {
			out[i] = ipv4.Message{Buffers: [][]byte{content(100 * i)}, Addr: to.LocalAddr()}
		}
		if n, err := from.WriteBatch(out, 0); n != len(out) || err != nil {
			t.Fatalf("WriteBatch = %d, %v, want %d", n, err, len(out))
		}
		for i := range out {
			p, control, addr := receive(t, to, new(ipv4.ControlMessage))
			checkEcho(t, out[i].Buffers[0], p)
			if control.TTL != 33 || !control.Dst.Equal(net.IPv4(127, 0, 0, 1)) || control.IfIndex == 0 || addr.String() != from.LocalAddr().String() {
				t.Errorf("received from %v with %v, want from %v with the control message sent", addr, control, from.LocalAddr())
			}
		}
		check(t, to.SetReadDeadline(time.Now().Add(soon)))
		if _, err := to.ReadBatch(out, 0); !isTimeout(err) {
			t.Errorf("ReadBatch at its deadline: %v, want a timeout", err)
		}
	})
}

func TestIPv6(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		from := ipv6.NewPacketConn(packets(t, client, "udp6", "[::1]:0"))
		to := ipv6.NewPacketConn(packets(t, server, "udp6", "[::1]:0"))
		check(t, to.SetControlMessage(ipv6.FlagHopLimit|ipv6.FlagTrafficClass|ipv6.FlagDst|ipv6.FlagInterface, true))
		sent := content(1000)
		_, err := from.WriteTo(sent, &ipv6.ControlMessage{HopLimit: 33, TrafficClass: 8}, to.LocalAddr())
		check(t, err)
		p, control, addr := receive(t, to, new(ipv6.ControlMessage))
		checkEcho(t, sent, p)
		if control.HopLimit != 33 || control.TrafficClass != 8 || !control.Dst.IsLoopback() || control.IfIndex == 0 || addr.String() != from.LocalAddr().String() {
			t.Errorf("received from %v with %v, want from %v with the control message sent", addr, control, from.LocalAddr())
		}
	})
}

// A group on the loopback interface, which both packages' sockets join and leave.
func TestMulticast(t *testing.T) {
	lo, err := net.InterfaceByName("lo")
	check(t, err)
	everyPair(t, true, func(t *testing.T, client, server side) {
		group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251)}
		from := ipv4.NewPacketConn(packets(t, client, "udp4", "127.0.0.1:0"))
		to := ipv4.NewPacketConn(packets(t, server, "udp4", ":0"))
		check(t, from.SetMulticastInterface(lo))
		check(t, from.SetMulticastLoopback(true))
		check(t, to.JoinGroup(lo, group))
		sent := content(1000)
		_, err := from.WriteTo(sent, nil, &net.UDPAddr{IP: group.IP, Port: to.LocalAddr().(*net.UDPAddr).Port})
		check(t, err)
		p, _, _ := receive(t, to, new(ipv4.ControlMessage))
		checkEcho(t, sent, p)
		check(t, to.LeaveGroup(lo, group))
	})
}

// Package icmp makes its own sockets; its messages go through any.
func TestICMP(t *testing.T) {
	const icmp4, icmp6 = 1, 58 // the protocols' numbers: RFC 792, RFC 4443
	for _, test := range []struct {
		name, host      string
		typ, protocol   int
		request, answer icmp.Type
	}{
		{"raw IPv4", "127.0.0.1", sock.SOCK_RAW, icmp4, ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply},
		{"ping IPv4", "127.0.0.1", sock.SOCK_DGRAM, icmp4, ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply},
		{"raw IPv6", "::1", sock.SOCK_RAW, icmp6, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply},
		{"ping IPv6", "::1", sock.SOCK_DGRAM, icmp6, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := sock.Inet(netip.AddrPortFrom(netip.MustParseAddr(test.host), 0))
			conn, err := sock.ListenConn(host, sock.ServerOptions{Type: test.typ, Protocol: test.protocol})
			need(t, err)
			c := conn.PacketConn()
			t.Cleanup(func() { c.Close() })
			to := net.Addr(&net.IPAddr{IP: net.ParseIP(test.host)})
			if test.typ == sock.SOCK_DGRAM {
				to = &net.UDPAddr{IP: net.ParseIP(test.host)}
			}
			sent := content(56)
			request, err := (&icmp.Message{Type: test.request, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: 1, Data: sent}}).Marshal(nil)
			check(t, err)
			_, err = c.WriteTo(request, to)
			check(t, err)
			for p := make([]byte, 1000); ; { // a raw socket receives others' messages, and its own request
				n, _, err := c.ReadFrom(p)
				check(t, err)
				answer, err := icmp.ParseMessage(test.protocol, p[:n])
				check(t, err)
				if echo, ok := answer.Body.(*icmp.Echo); ok && answer.Type == test.answer && string(echo.Data) == string(sent) {
					return
				}
			}
		})
	}
}
