package sock_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

var loopback4 = net.IPv4(127, 0, 0, 1)

func canceled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func late(ctx context.Context) context.Context {
	ctx, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
	cancel()
	return ctx
}

func (o *observer) from(local net.Addr) *observer { o.local = local; return o }

func (o *observer) hooks() *observer {
	o.control = func(network, address string, c syscall.RawConn) error {
		if i := strings.LastIndexByte(address, ':'); i >= 0 && address[i:] != ":0" {
			address = address[:i]
		}
		o.note("control", network, strings.ReplaceAll(address, o.dir, "DIR"))
		return nil
	}
	return o
}

func (o *observer) dialNoDNS(network, address string) {
	o.resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, io.ErrUnexpectedEOF }}
	o.dial(network, address)
}

func (o *observer) dialClosed(network, address string) {
	l := o.listen(network, address)
	l.Close()
	o.dial(network, l.Addr().String())
}

func (o *observer) dialOf(listening, address, network, host string) {
	l := o.listen(listening, address)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if o.dial(network, host+":"+port) != nil {
		c, err := l.Accept()
		check(o.T, err)
		o.note("accepted", c.LocalAddr(), c.RemoteAddr())
		c.Close()
	}
}

func (o *observer) multicastPort(c net.PacketConn) string {
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	return "224.0.0.251:" + port
}

func (o *observer) listenAutobind(network string) {
	l, err := o.config(nil).Listen(o.Context(), network, "")
	if err != nil {
		o.note("listen", err)
		return
	}
	o.own(l)
	o.note("listening", len(l.Addr().String()))
}

func (o *observer) packetsAutobind(network string) {
	l, err := o.config(nil).ListenPacket(o.Context(), network, "")
	if err != nil {
		o.note("listen", err)
		return
	}
	o.own(l)
	o.note("listening", len(l.LocalAddr().String()))
}

func (o *observer) ended(of func(context.Context) context.Context) {
	l := o.listen("tcp4", "127.0.0.1:0")
	o.dialContext(of(o.Context()), "tcp4", l.Addr().String())
}

func (o *observer) listenEnded(ctx context.Context) {
	l, err := o.config(nil).Listen(ctx, "tcp", "127.0.0.1:0")
	o.note("listen", err)
	if err == nil {
		l.Close()
	}
}

func (o *observer) controlFails() {
	l := o.listen("tcp4", "127.0.0.1:0")
	o.control = func(string, string, syscall.RawConn) error { return errors.New("no") }
	_, err := o.config(o.control).Listen(o.Context(), "tcp", "127.0.0.1:0")
	o.note("listen", err)
	_, err = o.config(o.control).ListenPacket(o.Context(), "udp", "127.0.0.1:0")
	o.note("listen", err)
	o.dial("tcp", l.Addr().String())
}

func (o *observer) dialed(network, address string) net.Conn {
	c, _ := o.pair(network, address)
	return c
}
