package sock_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"

	"example.com/berkeley/sock"
)

// On raw IPv4 sockets, ReadFrom and ReadFromIP strip the IP header; the other methods return whole packets.
func TestIPConn(t *testing.T) {
	c := conn(t, rawSocket(t, sock.AF_INET, sock.SOCK_RAW, 253)) // for experiments: RFC 3692
	p, ok := c.PacketConn().(*sock.IPConn)
	if !ok {
		t.Fatalf("PacketConn() is a %T, want a *sock.IPConn", c.PacketConn())
	}
	self := &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)}
	b := make([]byte, 64)
	for name, test := range map[string]struct {
		receive  func() (int, net.Addr, error)
		stripped bool
	}{
		"ReadFrom":   {func() (int, net.Addr, error) { return p.ReadFrom(b) }, true},
		"ReadFromIP": {func() (int, net.Addr, error) { return p.ReadFromIP(b) }, true},
		"ReadMsgIP":  {func() (int, net.Addr, error) { n, _, _, from, err := p.ReadMsgIP(b, nil); return n, from, err }, false},
		"Read":       {func() (int, net.Addr, error) { n, err := p.Read(b); return n, self, err }, false},
		"Recvfrom":   {func() (int, net.Addr, error) { n, _, err := p.Recvfrom(b, 0); return n, self, err }, false},
	} {
		if n, err := p.WriteToIP([]byte("hello"), self); n != 5 || err != nil {
			t.Fatalf("WriteToIP = %d, %v, want 5", n, err)
		}
		n, from, err := test.receive()
		got := b[:n]
		if !test.stripped && n > 20 {
			if length := int(b[0]&0xf) * 4; length != 20 || int(binary.BigEndian.Uint16(b[2:])) != n {
				t.Errorf("%s: %x does not begin with an IP header", name, got)
			}
			got = got[20:]
		}
		if !bytes.Equal(got, []byte("hello")) || from.String() != "127.0.0.1" || err != nil {
			t.Errorf("%s = %q, %v, %v, want hello from 127.0.0.1", name, got, from, err)
		}
	}
	if n, _, err := p.WriteMsgIP([]byte("hello"), nil, self); n != 5 || err != nil {
		t.Errorf("WriteMsgIP = %d, %v, want 5", n, err)
	}
}
