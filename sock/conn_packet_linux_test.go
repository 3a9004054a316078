package sock_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// udpConn has the methods of *net.UDPConn that libraries look for with type assertions.
type udpConn interface {
	net.Conn
	net.PacketConn
	syscall.Conn
	ReadFromUDP(p []byte) (int, *net.UDPAddr, error)
	ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error)
	WriteToUDP(p []byte, addr *net.UDPAddr) (int, error)
	WriteToUDPAddrPort(p []byte, addr netip.AddrPort) (int, error)
	ReadMsgUDP(p, oob []byte) (n, oobn, flags int, addr *net.UDPAddr, err error)
	ReadMsgUDPAddrPort(p, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error)
	WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (n, oobn int, err error)
	WriteMsgUDPAddrPort(p, oob []byte, addr netip.AddrPort) (n, oobn int, err error)
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
	File() (*os.File, error)
}

var (
	_ udpConn = (*net.UDPConn)(nil)
	_ udpConn = (*sock.UDPConn)(nil)
)

// udpConns returns two UDP sockets. If theirs, the first one is package net's.
func udpConns(t *testing.T, network string, theirs bool) (a, b udpConn) {
	t.Helper()
	open := func(listen func(ctx context.Context, network, address string) (net.PacketConn, error)) udpConn {
		c, err := listen(t.Context(), network, map[string]string{"udp6": "[::1]:0"}[network])
		checkSocket(t, err)
		t.Cleanup(func() { c.Close() })
		check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
		return c.(udpConn)
	}
	ours := new(sock.ListenConfig).ListenPacket
	if theirs {
		return open(new(net.ListenConfig).ListenPacket), open(ours)
	}
	return open(ours), open(ours)
}

// addrOf returns the address at which a client of the network reaches c.
func addrOf(network string, c net.PacketConn) *net.UDPAddr {
	addr := *c.LocalAddr().(*net.UDPAddr)
	switch {
	case network == "udp4" || network == "udp":
		addr.IP = net.IPv4(127, 0, 0, 1)
	default:
		addr.IP = net.IPv6loopback
	}
	return &addr
}

// Every method that receives gets the datagrams of every method that sends, from the same sender as in package net.
func TestUDPConn(t *testing.T) {
	for _, network := range []string{"udp", "udp4", "udp6"} {
		sends := map[string]func(c udpConn, p []byte, to *net.UDPAddr) (int, error){
			"WriteTo":            func(c udpConn, p []byte, to *net.UDPAddr) (int, error) { return c.WriteTo(p, to) },
			"WriteToUDP":         func(c udpConn, p []byte, to *net.UDPAddr) (int, error) { return c.WriteToUDP(p, to) },
			"WriteToUDPAddrPort": func(c udpConn, p []byte, to *net.UDPAddr) (int, error) { return c.WriteToUDPAddrPort(p, to.AddrPort()) },
			"WriteMsgUDP": func(c udpConn, p []byte, to *net.UDPAddr) (n int, err error) {
				n, _, err = c.WriteMsgUDP(p, nil, to)
				return
			},
			"WriteMsgUDPAddrPort": func(c udpConn, p []byte, to *net.UDPAddr) (n int, err error) {
				n, _, err = c.WriteMsgUDPAddrPort(p, nil, to.AddrPort())
				return
			},
		}
		receives := map[string]func(c udpConn, p []byte) (int, string, error){
			"ReadFrom": func(c udpConn, p []byte) (int, string, error) { n, a, err := c.ReadFrom(p); return n, a.String(), err },
			"ReadFromUDP": func(c udpConn, p []byte) (int, string, error) {
				n, a, err := c.ReadFromUDP(p)
				return n, a.String(), err
			},
			"ReadFromUDPAddrPort": func(c udpConn, p []byte) (int, string, error) {
				n, a, err := c.ReadFromUDPAddrPort(p)
				return n, a.String(), err
			},
			"ReadMsgUDP": func(c udpConn, p []byte) (int, string, error) {
				n, _, _, a, err := c.ReadMsgUDP(p, nil)
				return n, a.String(), err
			},
			"ReadMsgUDPAddrPort": func(c udpConn, p []byte) (int, string, error) {
				n, _, _, a, err := c.ReadMsgUDPAddrPort(p, nil)
				return n, a.String(), err
			},
		}
		theirs, ours := udpConns(t, network, true)
		for sender, send := range sends {
			for receiver, receive := range receives {
				t.Run(network+" "+sender+" "+receiver, func(t *testing.T) {
					p := make([]byte, 8)
					from := [2]string{}
					for i, c := range []udpConn{theirs, ours} {
						if n, err := send(ours, []byte("hello"), addrOf(network, c)); n != 5 || err != nil {
							t.Fatalf("send = %d, %v, want 5", n, err)
						}
						n, addr, err := receive(c, p)
						if string(p[:n]) != "hello" || err != nil {
							t.Fatalf("receive = %q, %v, want hello", p[:n], err)
						}
						from[i] = addr
					}
					if from[0] != from[1] {
						t.Errorf("sender is %s, want package net's %s", from[1], from[0])
					}
				})
			}
		}
	}
}

// Control messages can be sent and received, and flags report a truncated datagram.
func TestUDPConnControl(t *testing.T) {
	needKernel(t)
	a, b := udpConns(t, "udp4", false)
	if on, err := sock.GetConnOption(a, sock.SO_BROADCAST); !on || err != nil {
		t.Errorf("SO_BROADCAST = %t, %v, want true, as in package net", on, err)
	}
	if addr := a.RemoteAddr(); addr != nil {
		t.Errorf("RemoteAddr of an unconnected socket = %v, want nil", addr)
	}
	check(t, sock.SetConnOption(b, sock.IP_RECVTTL, true))
	p, oob := make([]byte, 3), make([]byte, 64)
	control := sock.CMSG_IP_TTL.Append(nil, 7)
	if n, oobn, err := a.WriteMsgUDP([]byte("hello"), control, addrOf("udp4", b)); n != 5 || oobn != len(control) || err != nil {
		t.Fatalf("WriteMsgUDP = %d, %d, %v, want 5, %d", n, oobn, err, len(control))
	}
	n, oobn, flags, _, err := b.ReadMsgUDP(p, oob)
	if string(p[:n]) != "hel" || flags != sock.MSG_TRUNC || err != nil {
		t.Fatalf("ReadMsgUDP = %q, %#x, %v, want hel, MSG_TRUNC", p[:n], flags, err)
	}
	var ttl int
	for c := range sock.Cmsgs(oob[:oobn]) {
		ttl, _ = sock.CMSG_IP_TTL.Parse(c)
	}
	if ttl != 7 {
		t.Errorf("TTL = %d, want 7", ttl)
	}
}

func TestUDPConnErrors(t *testing.T) {
	a, b := udpConns(t, "udp4", false)
	to := addrOf("udp4", b)
	large := make([]byte, 1<<17)
	check(t, a.SetReadDeadline(time.Unix(1, 0)))
	for name, test := range map[string]struct {
		call func() error
		want error
		addr string
	}{
		"WriteToUDP":          {func() error { _, err := a.WriteToUDP(large, to); return err }, sock.EMSGSIZE, to.String()},
		"WriteToUDPAddrPort":  {func() error { _, err := a.WriteToUDPAddrPort(large, to.AddrPort()); return err }, sock.EMSGSIZE, to.String()},
		"WriteMsgUDP":         {func() error { _, _, err := a.WriteMsgUDP(large, nil, to); return err }, sock.EMSGSIZE, to.String()},
		"WriteMsgUDPAddrPort": {func() error { _, _, err := a.WriteMsgUDPAddrPort(large, nil, to.AddrPort()); return err }, sock.EMSGSIZE, to.String()},
		"WriteToUDP nil":      {func() error { _, err := a.WriteToUDP(nil, nil); return err }, nil, ""},
		"no AddrPort":         {func() error { _, err := a.WriteToUDPAddrPort(nil, netip.AddrPort{}); return err }, nil, ""},
		"no zone": {func() error {
			_, _, err := a.WriteMsgUDPAddrPort(nil, nil, netip.MustParseAddrPort("[fe80::1%nonexistent]:1"))
			return err
		}, nil, ""},
		"not connected":       {func() error { _, err := a.Write(nil); return err }, sock.EDESTADDRREQ, ""},
		"ReadFromUDP":         {func() error { _, _, err := a.ReadFromUDP(large); return err }, os.ErrDeadlineExceeded, ""},
		"ReadFromUDPAddrPort": {func() error { _, _, err := a.ReadFromUDPAddrPort(large); return err }, os.ErrDeadlineExceeded, ""},
		"ReadMsgUDP":          {func() error { _, _, _, _, err := a.ReadMsgUDP(large, nil); return err }, os.ErrDeadlineExceeded, ""},
	} {
		op, ok := test.call().(*net.OpError)
		switch {
		case !ok || op.Source == nil || test.want != nil && !errors.Is(op, test.want):
			t.Errorf("%s: %v, want %v", name, op, test.want)
		case test.addr != "" && op.Addr.String() != test.addr:
			t.Errorf("%s: %v, want the address %s", name, op, test.addr)
		}
	}
}

// golang.org/x/net recognizes a UDP socket by its methods, and must not mistake it for a TCP socket.
func TestXNetPacketConn(t *testing.T) {
	a, b := udpConns(t, "udp4", false)
	_, err := a.WriteTo([]byte("four"), addrOf("udp4", b))
	check(t, err)
	four := ipv4.NewPacketConn(b)
	check(t, four.SetControlMessage(ipv4.FlagTTL|ipv4.FlagDst, true))
	check(t, four.SetTTL(9))
	if ttl, err := four.TTL(); ttl != 9 || err != nil {
		t.Errorf("TTL = %d, %v, want 9", ttl, err)
	}
	in := []ipv4.Message{{Buffers: [][]byte{make([]byte, 8)}, OOB: make([]byte, 128)}}
	n, err := four.ReadBatch(in, 0)
	if n != 1 || err != nil || string(in[0].Buffers[0][:in[0].N]) != "four" || in[0].Addr.String() != addrOf("udp4", a).String() {
		t.Fatalf("ReadBatch = %d, %v, %+v, want one message", n, err, in)
	}
	if n, err := four.WriteTo([]byte("back"), nil, in[0].Addr); n != 4 || err != nil {
		t.Errorf("WriteTo = %d, %v, want 4", n, err)
	}

	_, c := udpConns(t, "udp6", false)
	six := ipv6.NewPacketConn(c)
	check(t, six.SetHopLimit(9))
	if hops, err := six.HopLimit(); hops != 9 || err != nil {
		t.Errorf("HopLimit = %d, %v, want 9", hops, err)
	}
}
