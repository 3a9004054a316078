package life

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

var (
	alice  = netip.MustParseAddrPort("10.0.0.1:1000")
	bob    = netip.MustParseAddrPort("10.0.0.2:80")
	alice6 = netip.MustParseAddrPort("[2001:db8::1]:1000")
	bob6   = netip.MustParseAddrPort("[2001:db8::2]:80")
)

// ip makes a header and puts it in front of what it carries.
func ip(from, to netip.AddrPort, protocol byte, payload []byte) []byte {
	if from.Addr().Is6() {
		p := make([]byte, 40, 40+len(payload))
		p[0], p[6] = 0x60, protocol
		binary.BigEndian.PutUint16(p[4:], uint16(len(payload)))
		copy(p[8:], from.Addr().AsSlice())
		copy(p[24:], to.Addr().AsSlice())
		return append(p, payload...)
	}
	p := make([]byte, 20, 20+len(payload))
	p[0], p[9] = 0x45, protocol
	binary.BigEndian.PutUint16(p[2:], uint16(20+len(payload)))
	copy(p[12:], from.Addr().AsSlice())
	copy(p[16:], to.Addr().AsSlice())
	return append(p, payload...)
}

func tcp(from, to netip.AddrPort, flags byte, seq, ack uint32, data string) []byte {
	p := make([]byte, 20)
	binary.BigEndian.PutUint16(p, from.Port())
	binary.BigEndian.PutUint16(p[2:], to.Port())
	binary.BigEndian.PutUint32(p[4:], seq)
	binary.BigEndian.PutUint32(p[8:], ack)
	p[12], p[13] = 5<<4, flags
	return ip(from, to, protocolTCP, append(p, data...))
}

func udp(from, to netip.AddrPort, data string) []byte {
	p := make([]byte, 8)
	binary.BigEndian.PutUint16(p, from.Port())
	binary.BigEndian.PutUint16(p[2:], to.Port())
	return ip(from, to, protocolUDP, append(p, data...))
}

func changed(p []byte, at int, to byte) []byte {
	p[at] = to
	return p
}

func TestDecode(t *testing.T) {
	data := tcp(alice, bob, flagPSH|flagACK, 7, 9, "Hello")
	destinationOptions := ip(alice6, bob6, 60, append([]byte{protocolUDP, 0, 0, 0, 0, 0, 0, 0}, udp(alice6, bob6, "Hello")[40:]...))
	for _, tt := range []struct {
		name string
		kind uint16
		p    []byte
		want Captured
	}{
		{"a SYN", etherIPv4, tcp(alice, bob, flagSYN, 7, 0, ""), Captured{Kind: TCP, From: alice, To: bob, Flags: flagSYN, Seq: 7}},
		{"data", etherIPv4, data, Captured{Kind: TCP, From: alice, To: bob, Flags: flagPSH | flagACK, Seq: 7, Ack: 9, Len: 5}},
		{"data of which the headers were captured", etherIPv4, data[:40], Captured{Kind: TCP, From: alice, To: bob, Flags: flagPSH | flagACK, Seq: 7, Ack: 9, Len: 5}},
		{"padding of the link", etherIPv4, append(tcp(alice, bob, flagACK, 7, 9, ""), 0, 0, 0), Captured{Kind: TCP, From: alice, To: bob, Flags: flagACK, Seq: 7, Ack: 9}},
		{"IPv6", etherIPv6, tcp(alice6, bob6, flagFIN|flagACK, 1, 2, ""), Captured{Kind: TCP, From: alice6, To: bob6, Flags: flagFIN | flagACK, Seq: 1, Ack: 2}},
		{"a datagram", etherIPv4, udp(alice, bob, "Hello"), Captured{Kind: UDP, From: alice, To: bob, Len: 5}},
		{"an empty datagram", etherIPv6, udp(alice6, bob6, ""), Captured{Kind: UDP, From: alice6, To: bob6}},
		{"IPv6 options before a datagram", etherIPv6, destinationOptions, Captured{Kind: UDP, From: alice6, To: bob6, Len: 5}},
		{"port unreachable", etherIPv4, ip(bob, alice, protocolICMP, append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, udp(alice, bob, "")...)),
			Captured{Kind: UDP, From: bob, To: alice, Error: "ICMP port unreachable"}},
		{"port unreachable, IPv6", etherIPv6, ip(bob6, alice6, protocolICMPv6, append([]byte{1, 4, 0, 0, 0, 0, 0, 0}, tcp(alice6, bob6, flagSYN, 1, 0, "")...)),
			Captured{Kind: TCP, From: bob6, To: alice6, Error: "ICMP port unreachable"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := decode(tt.kind, tt.p); !ok || got != tt.want {
				t.Errorf("decode =\n%+v, %t; want\n%+v, true", got, ok, tt.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	segment := func() []byte { return tcp(alice, bob, flagACK, 7, 9, "Hello") }
	for _, tt := range []struct {
		name string
		kind uint16
		p    []byte
	}{
		{"nothing", etherIPv4, nil},
		{"ARP", 0x0806, segment()},
		{"half a header", etherIPv4, segment()[:19]},
		{"half a segment's header", etherIPv4, segment()[:39]},
		{"another version", etherIPv4, changed(segment(), 0, 0x65)},
		{"a header shorter than it can be", etherIPv4, changed(segment(), 0, 0x44)},
		{"a header longer than the packet", etherIPv4, changed(segment()[:44], 0, 0x4f)},
		{"a length shorter than the header", etherIPv4, changed(segment(), 3, 10)},
		{"a later fragment", etherIPv4, changed(segment(), 7, 1)},
		{"a segment's header shorter than it can be", etherIPv4, changed(segment(), 32, 4<<4)},
		{"a segment's header longer than the segment", etherIPv4, changed(segment(), 32, 15<<4)},
		{"another protocol", etherIPv4, changed(segment(), 9, 2)},
		{"an ICMP message that is no error", etherIPv4, ip(bob, alice, protocolICMP, append([]byte{8, 0, 0, 0, 0, 0, 0, 0}, segment()...))},
		{"an ICMP error about nothing", etherIPv4, ip(bob, alice, protocolICMP, []byte{3, 3, 0, 0, 0, 0, 0, 0})},
		{"IPv6 options without an end", etherIPv6, ip(alice6, bob6, 60, []byte{60, 255, 0, 0, 0, 0, 0, 0})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := decode(tt.kind, tt.p); ok {
				t.Errorf("decode = %+v, want no packet", got)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint16(etherIPv4), tcp(alice, bob, flagPSH|flagACK, 7, 9, "Hello"))
	f.Add(uint16(etherIPv6), udp(alice6, bob6, "Hello"))
	f.Add(uint16(etherIPv4), ip(bob, alice, protocolICMP, append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, udp(alice, bob, "")...)))
	f.Add(uint16(etherIPv6), ip(alice6, bob6, 60, append([]byte{protocolUDP, 0, 0, 0, 0, 0, 0, 0}, udp(alice6, bob6, "Hello")[40:]...)))
	f.Fuzz(func(t *testing.T, kind uint16, p []byte) {
		c, ok := decode(kind, p)
		if !ok {
			return
		}
		if c.Len < 0 || c.Len > 1<<16 || !c.From.IsValid() || !c.To.IsValid() {
			t.Fatalf("decode = %+v, want a length from 0 to 65536 and valid addresses", c)
		}
		own, other := c.From, c.To
		if c.Error != "" {
			own, other = other, own
		}
		r := &Run{Sockets: []Socket{{Side: Client, Kind: c.Kind, Local: own.String(), Remote: other.String()}}}
		r.AddPackets([]Captured{c, c}, time.Time{})
		if len(r.Events) != 2 {
			t.Errorf("two packets of the run's socket make %d events, want 2", len(r.Events))
		}
		r.SVG()
	})
}
