//go:build unix

package sock_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

func context10s(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// Every error has package net's type, and names the network, the call and the address.
func TestDialErrors(t *testing.T) {
	l := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM})
	silent := l.LocalAddr().String()
	check(t, l.Close())
	listen := func(network, address string) (io.Closer, error) {
		return new(sock.ListenConfig).Listen(t.Context(), network, address)
	}
	packet := func(network, address string) (io.Closer, error) {
		return new(sock.ListenConfig).ListenPacket(t.Context(), network, address)
	}
	dial := func(network, address string) (io.Closer, error) {
		return new(sock.Dialer).DialContext(t.Context(), network, address)
	}
	const elsewhere = "192.0.2.99:0" // TEST-NET-1 of RFC 5737
	for _, test := range []struct {
		name             string
		call             func(network, address string) (io.Closer, error)
		network, address string
		want             error
		text             string
	}{
		{"dial refused", dial, "tcp", silent, sock.ECONNREFUSED, "dial tcp " + silent + ": connect: connection refused"},
		{"dial no file", dial, "unix", "/nonexistent/s", sock.ENOENT, "dial unix /nonexistent/s: connect: no such file or directory"},
		{"dial no network", dial, "sctp", silent, net.UnknownNetworkError("sctp"), "dial sctp: unknown network sctp"},
		{"dial no port", dial, "tcp", "127.0.0.1", nil, "dial tcp: address 127.0.0.1: "},
		{"listen elsewhere", listen, "tcp", elsewhere, sock.EADDRNOTAVAIL, "listen tcp " + elsewhere + ": bind: cannot assign requested address"},
		{"listen for datagrams", listen, "udp", "127.0.0.1:0", nil, "listen udp: address udp: "},
		{"packets elsewhere", packet, "udp", elsewhere, sock.EADDRNOTAVAIL, "listen udp " + elsewhere + ": bind: cannot assign requested address"},
		{"packets of a stream", packet, "tcp", "127.0.0.1:0", nil, "listen tcp: address tcp: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.call(test.network, test.address)
			_, isOpError := err.(*net.OpError)
			if !isOpError || test.want != nil && !errors.Is(err, test.want) || !strings.HasPrefix(err.Error(), test.text) {
				t.Errorf("got %T %v, want a *net.OpError that begins with %q", err, err, test.text)
			}
		})
	}
	_, err := sock.ListenConn(inet(elsewhere), sock.ServerOptions{})
	if op := (*net.OpError)(nil); !errors.As(err, &op) || op.Addr.String() != elsewhere || !errors.Is(err, sock.EADDRNOTAVAIL) {
		t.Errorf("ListenConn: %v, want a *net.OpError with address %s", err, elsewhere)
	}
}

func TestDialTimeout(t *testing.T) {
	sa := stuck(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM})
	for name, d := range map[string]sock.Dialer{
		"Timeout":  {Timeout: 20 * time.Millisecond, Deadline: time.Now().Add(time.Hour)},
		"Deadline": {Timeout: time.Hour, Deadline: time.Now().Add(20 * time.Millisecond)},
	} {
		c, err := d.Dial("tcp", sa.String())
		if c != nil || !isDialError(err, context.DeadlineExceeded) || !err.(net.Error).Timeout() {
			t.Errorf("%s: %v, want a timeout", name, err)
		}
	}
}

// The hooks are called before the socket has an address, with the network and address that package net would pass.
func TestDialHooks(t *testing.T) {
	var calls []string
	control := func(name string) func(string, string, syscall.RawConn) error {
		return func(network, address string, c syscall.RawConn) error {
			if !strings.HasSuffix(address, ":0") {
				address = "peer"
			}
			calls = append(calls, name+" "+network+" "+address)
			var err error
			failed := c.Control(func(fd uintptr) { err = sock.Setsockopt(int(fd), sock.SO_RCVLOWAT, 2) })
			return errors.Join(failed, err)
		}
	}
	config := sock.ListenConfig{Control: control("listen")}
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	d := sock.Dialer{Control: control("dial")}
	c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	check(t, err)
	defer c.Close()
	if low, err := sock.GetConnOption(c.(*sock.Conn), sock.SO_RCVLOWAT); low != 2 || err != nil {
		t.Errorf("SO_RCVLOWAT = %d, %v, want the hook's 2", low, err)
	}
	if got := strings.Join(calls, ", "); got != "listen tcp4 127.0.0.1:0, dial tcp4 peer" {
		t.Errorf("hooks were called with %q, want listen and then dial", got)
	}

	d.ControlContext = func(context.Context, string, string, syscall.RawConn) error { return io.ErrUnexpectedEOF }
	if _, err := d.DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("DialContext: %v, want ControlContext's error", err)
	}
	config.ControlContext = d.ControlContext
	_, err = config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if _, isOpError := err.(*net.OpError); !isOpError || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Listen: %v, want ControlContext's error", err)
	}
}

func TestDialLocalAddr(t *testing.T) {
	l := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM})
	for _, local := range []net.Addr{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.TCPAddr{}, &net.TCPAddr{IP: net.IPv6zero}, inet("127.0.0.1:0")} {
		d := sock.Dialer{LocalAddr: local}
		c, err := d.DialContext(t.Context(), "tcp", l.LocalAddr().String())
		check(t, err)
		if got := c.LocalAddr().(*net.TCPAddr); !got.IP.Equal(net.IPv4(127, 0, 0, 1)) {
			t.Errorf("local address is %v, want 127.0.0.1", got)
		}
		check(t, c.Close())
	}
	d := sock.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv6loopback}}
	if _, err := d.DialContext(t.Context(), "tcp", l.LocalAddr().String()); err == nil {
		t.Error("DialContext succeeded with a local address of another family")
	}
}

// A net.Resolver can dial with a Dialer. It recognizes a datagram socket as a net.PacketConn.
func TestResolverDial(t *testing.T) {
	server, err := new(sock.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	check(t, err)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		answerDNS(server, net.IPv4(127, 0, 0, 1))
	}()
	t.Cleanup(func() { check(t, server.Close()); <-answered })
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(sock.Dialer).DialContext(ctx, network, server.LocalAddr().String())
	}}
	if addrs, err := r.LookupHost(context10s(t), "host.test."); len(addrs) != 1 || addrs[0] != "127.0.0.1" || err != nil {
		t.Errorf("LookupHost = %q, %v, want 127.0.0.1", addrs, err)
	}
	l := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM})
	_, port, err := net.SplitHostPort(l.LocalAddr().String())
	check(t, err)
	d := sock.Dialer{Resolver: r}
	c, err := d.DialContext(context10s(t), "tcp4", "host.test.:"+port)
	check(t, err)
	check(t, c.Close())
}

// answerDNS answers each question for an IPv4 address with ip.
func answerDNS(c net.PacketConn, ip net.IP) {
	p := make([]byte, 512)
	for {
		n, from, err := c.ReadFrom(p)
		if err != nil {
			return
		}
		q := p[:n]
		if end := bytes.IndexByte(q[12:], 0); end >= 0 {
			q = q[:12+end+5] // without the EDNS record
		}
		a := slices.Concat(q[:2], []byte{0x85, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:])
		if q[len(q)-3] == 1 { // type A
			a[7] = 1
			a = slices.Concat(a, []byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4}, ip.To4())
		}
		c.WriteTo(a, from)
	}
}
