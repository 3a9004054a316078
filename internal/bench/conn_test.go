//go:build linux

package bench

import (
	"context"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"example.com/berkeley/sock"

	mdlayher "github.com/mdlayher/socket"
	"golang.org/x/sys/unix"
)

var loopback = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

// scheduled is a package with sockets under Go's scheduler.
type scheduled struct {
	name   string
	listen func(b *testing.B) (accept func() (io.ReadWriteCloser, error), dial func() (io.ReadWriteCloser, error))
	// datagrams gives two UDP sockets: what sends to the second, and what receives there.
	datagrams func(b *testing.B) (send, receive func(p []byte) (int, error))
	inNetsPlace
}

// inNetsPlace is what libraries take: nil for a package that has nothing of the kind.
type inNetsPlace struct {
	dialContext  func(ctx context.Context, network, address string) (net.Conn, error)
	listenNet    func(ctx context.Context, network, address string) (net.Listener, error)
	listenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)
}

var packages = []scheduled{
	{"net", netListen, netDatagrams, inNetsPlace{new(net.Dialer).DialContext, new(net.ListenConfig).Listen, new(net.ListenConfig).ListenPacket}},
	{"mdlayher", mdlayherListen, mdlayherDatagrams, inNetsPlace{}},
	{"sock", sockListen, sockDatagrams, inNetsPlace{new(sock.Dialer).DialContext, new(sock.ListenConfig).Listen, new(sock.ListenConfig).ListenPacket}},
}

func connection(b *testing.B, p scheduled) (client, server io.ReadWriteCloser) {
	accept, dial := p.listen(b)
	client, err := dial()
	check(b, err)
	b.Cleanup(func() { client.Close() })
	server, err = accept()
	check(b, err)
	b.Cleanup(func() { server.Close() })
	noDelay(b, client)
	noDelay(b, server)
	return client, server
}

// noDelay sets what package net and sock set by themselves. Without it the end of a write that is no whole number of segments waits
// for the peer's ACK, which is the kernel's time, not the package's.
func noDelay(b *testing.B, c io.ReadWriteCloser) {
	raw, err := c.(syscall.Conn).SyscallConn()
	check(b, err)
	check(b, raw.Control(func(fd uintptr) { err = sock.Setsockopt(int(fd), sock.TCP_NODELAY, true) }))
	check(b, err)
}

func netListen(b *testing.B) (accept, dial func() (io.ReadWriteCloser, error)) {
	l, err := net.Listen("tcp4", loopback.String())
	check(b, err)
	b.Cleanup(func() { l.Close() })
	return func() (io.ReadWriteCloser, error) { return l.Accept() },
		func() (io.ReadWriteCloser, error) { return net.Dial("tcp4", l.Addr().String()) }
}

func sockListen(b *testing.B) (accept, dial func() (io.ReadWriteCloser, error)) {
	l, err := sock.ListenConn(sock.Inet(loopback), sock.ServerOptions{})
	check(b, err)
	b.Cleanup(func() { l.Close() })
	to, err := sock.SockaddrOf(l.LocalAddr())
	check(b, err)
	return func() (io.ReadWriteCloser, error) { return l.Accept() },
		func() (io.ReadWriteCloser, error) { return sock.DialConn(context.Background(), to, sock.DialOptions{}) }
}

func mdlayherListen(b *testing.B) (accept, dial func() (io.ReadWriteCloser, error)) {
	l, err := mdlayher.Socket(unix.AF_INET, unix.SOCK_STREAM, 0, "bench", nil)
	check(b, err)
	b.Cleanup(func() { l.Close() })
	check(b, l.Bind(&unix.SockaddrInet4{Addr: loopback.Addr().As4()}))
	check(b, l.Listen(unix.SOMAXCONN))
	to, err := l.Getsockname()
	check(b, err)
	accept = func() (io.ReadWriteCloser, error) {
		c, _, err := l.Accept(context.Background(), 0)
		return c, err
	}
	dial = func() (io.ReadWriteCloser, error) {
		c, err := mdlayher.Socket(unix.AF_INET, unix.SOCK_STREAM, 0, "bench", nil)
		if err != nil {
			return nil, err
		}
		_, err = c.Connect(context.Background(), to)
		return c, err
	}
	return accept, dial
}

func netDatagrams(b *testing.B) (send, receive func(p []byte) (int, error)) {
	open := func() *net.UDPConn {
		c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(loopback))
		check(b, err)
		b.Cleanup(func() { c.Close() })
		return c
	}
	from, to := open(), open()
	address := to.LocalAddr().(*net.UDPAddr).AddrPort()
	return func(p []byte) (int, error) { return from.WriteToUDPAddrPort(p, address) },
		func(p []byte) (int, error) { n, _, err := to.ReadFromUDPAddrPort(p); return n, err }
}

func sockDatagrams(b *testing.B) (send, receive func(p []byte) (int, error)) {
	open := func() *sock.Conn {
		c, err := sock.ListenConn(sock.Inet(loopback), sock.ServerOptions{Type: sock.SOCK_DGRAM})
		check(b, err)
		b.Cleanup(func() { c.Close() })
		return c
	}
	from, to := open(), open()
	address, err := sock.SockaddrOf(to.LocalAddr())
	check(b, err)
	return func(p []byte) (int, error) { return from.Sendto(p, 0, address) },
		func(p []byte) (int, error) { n, _, err := to.Recvfrom(p, 0); return n, err }
}

func mdlayherDatagrams(b *testing.B) (send, receive func(p []byte) (int, error)) {
	open := func() *mdlayher.Conn {
		c, err := mdlayher.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0, "bench", nil)
		check(b, err)
		b.Cleanup(func() { c.Close() })
		check(b, c.Bind(&unix.SockaddrInet4{Addr: loopback.Addr().As4()}))
		return c
	}
	from, to := open(), open()
	address, err := to.Getsockname()
	check(b, err)
	return func(p []byte) (int, error) { return len(p), from.Sendto(context.Background(), p, 0, address) },
		func(p []byte) (int, error) { n, _, err := to.Recvfrom(context.Background(), p, 0); return n, err }
}
