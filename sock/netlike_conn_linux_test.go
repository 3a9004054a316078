package sock_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"reflect"
	"syscall"
	"time"
)

func (o *observer) exchange(client, server net.Conn) {
	n, err := client.Write([]byte("hello"))
	o.note("write", n, err)
	p := make([]byte, 8)
	n, err = server.Read(p)
	o.note("read", n, err)
	o.note("close", server.Close())
	n, err = client.Read(p)
	o.note("read", n, err)
}

func (o *observer) closed(c, _ net.Conn) {
	o.note("close", c.Close())
	n, err := c.Read(make([]byte, 1))
	o.note("read", n, err)
	n, err = c.Read(nil)
	o.note("read nothing", n, err)
	n, err = c.Write([]byte("x"))
	o.note("write", n, err)
	n, err = c.Write(nil)
	o.note("write nothing", n, err)
	o.note("deadline", c.SetDeadline(time.Now()), c.SetReadDeadline(time.Now()), c.SetWriteDeadline(time.Now()))
	o.note("names", c.LocalAddr(), c.RemoteAddr())
	_, err = c.(interface{ File() (*os.File, error) }).File()
	o.note("file", err)
	if half, ok := c.(halfCloser); ok && c.LocalAddr().Network() != "udp" {
		o.note("shut", half.CloseRead(), half.CloseWrite())
	}
	if s, ok := c.(interface{ SetNoDelay(bool) error }); ok && c.LocalAddr().Network() == "tcp" {
		o.note("set", s.SetNoDelay(true))
	}
	raw, err := c.(syscall.Conn).SyscallConn()
	o.note("raw", err)
	if err == nil {
		o.note("control", raw.Control(func(uintptr) {}))
		o.note("rawread", raw.Read(func(uintptr) bool { return true }))
		o.note("rawwrite", raw.Write(func(uintptr) bool { return true }))
	}
	if p, ok := c.(net.PacketConn); ok && c.LocalAddr().Network() == "udp" {
		_, _, err := p.ReadFrom(make([]byte, 1))
		o.note("readfrom", err)
		_, err = p.WriteTo([]byte("x"), &net.UDPAddr{IP: loopback4, Port: 9})
		o.note("writeto", err)
	}
}

func (o *observer) deadlines(c, _ net.Conn) {
	o.note("set", c.SetDeadline(time.Unix(1, 0)))
	n, err := c.Read(make([]byte, 1))
	o.note("read", n, err)
	n, err = c.Write([]byte("x"))
	o.note("write", n, err)
	n, err = c.Read(nil)
	o.note("read nothing", n, err)
	n, err = c.Write(nil)
	o.note("write nothing", n, err)
}

func (o *observer) halfClose(client, server net.Conn) {
	half := client.(halfCloser)
	o.note("shut", half.CloseWrite(), half.CloseWrite())
	n, err := client.Write([]byte("x"))
	o.note("write", n, err)
	n, err = server.Read(make([]byte, 1))
	o.note("read", n, err)
	o.note("shut", half.CloseRead(), half.CloseRead())
	n, err = client.Read(make([]byte, 1))
	o.note("read", n, err)
	server.Close()
}

func (o *observer) reset(client, server net.Conn) {
	o.note("linger", server.(interface{ SetLinger(int) error }).SetLinger(0))
	server.Close()
	n, err := client.Read(make([]byte, 1))
	o.note("read", n, err)
	n, err = client.Write([]byte("x"))
	o.note("write", n, err)
	n, err = client.Write([]byte("x"))
	o.note("write", n, err)
	half := client.(halfCloser)
	o.note("shut", half.CloseRead(), half.CloseWrite())
}

func (o *observer) nothing(client, server net.Conn) {
	n, err := client.Write(nil)
	o.note("write", n, err)
	n, err = client.Read(nil)
	o.note("read", n, err)
	client.Close()
	n, err = server.Read(nil)
	o.note("read", n, err)
	n, err = server.Read(make([]byte, 1))
	o.note("read", n, err)
}

func (o *observer) files(c any, _ net.Conn) {
	f, err := c.(interface{ File() (*os.File, error) }).File()
	o.note("file", err)
	if err != nil {
		return
	}
	defer f.Close()
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_GETFD, 0)
	o.note("flags", flags, errno)
}

func (o *observer) raw(c, _ net.Conn) {
	raw, err := c.(syscall.Conn).SyscallConn()
	o.note("raw", err)
	c.SetDeadline(time.Unix(1, 0))
	o.note("read", raw.Read(func(uintptr) bool { return false }))
	o.note("write", raw.Write(func(uintptr) bool { return false }))
	o.note("control", raw.Control(func(uintptr) {}))
}

func (o *observer) options(client, server net.Conn) {
	for _, c := range []net.Conn{client, server} {
		raw, err := c.(syscall.Conn).SyscallConn()
		check(o.T, err)
		raw.Control(func(fd uintptr) {
			for _, option := range [][2]int{{syscall.IPPROTO_TCP, syscall.TCP_NODELAY}, {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE},
				{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT}, {syscall.SOL_SOCKET, syscall.SO_BROADCAST}, {syscall.SOL_SOCKET, syscall.SO_REUSEADDR}} {
				v, err := syscall.GetsockoptInt(int(fd), option[0], option[1])
				o.note("option", option, v, err)
			}
		})
	}
}

func (o *observer) closedListener(l net.Listener) {
	d := l.(interface{ SetDeadline(time.Time) error })
	o.note("close", l.Close())
	_, err := l.Accept()
	o.note("accept", err)
	o.note("deadline", errors.Is(d.SetDeadline(time.Now()), net.ErrClosed))
	o.note("name", l.Addr())
	_, err = l.(interface{ File() (*os.File, error) }).File()
	o.note("file", err)
}

func (o *observer) listenerDeadline(l net.Listener) {
	o.note("deadline", l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Unix(1, 0)))
	_, err := l.Accept()
	o.note("accept", err)
}

func (o *observer) datagrams(network, address string) {
	server := o.packets(network, address)
	client := o.dial(network, server.LocalAddr().String())
	n, err := client.Write([]byte("hello"))
	o.note("write", n, err)
	n, from, err := server.ReadFrom(make([]byte, 8))
	o.note("read", n, err, from)
	n, err = client.(net.PacketConn).WriteTo([]byte("hello"), server.LocalAddr())
	o.note("writeto", n, err)
	n, err = client.Write(nil)
	o.note("write", n, err)
	n, from, err = server.ReadFrom(make([]byte, 8))
	o.note("read", n, err, from)
	n, err = server.(net.Conn).Write([]byte("x"))
	o.note("write", n, err)
	client.Write([]byte("hello"))
	n, err = server.(net.Conn).Read(make([]byte, 3))
	o.note("read", n, err)
}

func (o *observer) writeTo(c net.PacketConn, to net.Addr) {
	n, err := c.WriteTo([]byte("x"), to)
	o.note("write", n, err)
}

func (o *observer) writeConnected(c net.PacketConn) {
	client, to := o.dial("udp", c.LocalAddr().String()).(udpConn), c.LocalAddr().(*net.UDPAddr)
	p := []byte("x")
	o.writeTo(client, to)
	n, err := client.WriteToUDP(p, to)
	o.note("WriteToUDP", n, err)
	n, err = client.WriteToUDPAddrPort(p, to.AddrPort())
	o.note("WriteToUDPAddrPort", n, errors.Is(err, net.ErrWriteToConnected))
	n, oobn, err := client.WriteMsgUDP(p, nil, to)
	o.note("WriteMsgUDP", n, oobn, err)
	n, oobn, err = client.WriteMsgUDPAddrPort(p, nil, to.AddrPort())
	o.note("WriteMsgUDPAddrPort", n, oobn, errors.Is(err, net.ErrWriteToConnected))
	n, oobn, err = client.WriteMsgUDP(p, nil, nil)
	o.note("WriteMsgUDP", n, oobn, err)
	n, oobn, err = client.WriteMsgUDPAddrPort(p, nil, netip.AddrPort{})
	o.note("WriteMsgUDPAddrPort", n, oobn, err)
}

func (o *observer) refused(network, address string) {
	client := o.dial(network, refusing(o.T, address).String())
	client.Write([]byte("x"))
	n, err := client.Read(make([]byte, 1))
	o.note("read", n, err)
}

func (o *observer) emptyDatagram(c net.PacketConn) {
	_, err := c.WriteTo(nil, c.LocalAddr())
	o.note("write", err)
	n, from, err := c.ReadFrom(make([]byte, 1))
	o.note("read", n, err, from)
	c.WriteTo([]byte("x"), c.LocalAddr())
	c.WriteTo([]byte("yy"), c.LocalAddr())
	n, err = c.(net.Conn).Read(nil)
	o.note("read", n, err)
	n, err = c.(net.Conn).Read(make([]byte, 2))
	o.note("read", n, err)
}

type halfCloser interface {
	CloseRead() error
	CloseWrite() error
}

func (o *observer) methods(c, of any) {
	for m := range reflect.TypeOf(of).Methods() {
		if _, ok := reflect.TypeOf(c).MethodByName(m.Name); !ok {
			o.note("missing", m.Name)
		}
	}
}

func (o *observer) closeNil() {
	defer func() { o.note("panics", recover() != nil) }()
	o.note("close", o.none.Close())
}

func (o *observer) callNames(client, server net.Conn) {
	o.note("linger", server.(interface{ SetLinger(int) error }).SetLinger(0))
	server.Close()
	_, err := client.Read(make([]byte, 1))
	call, _ := errors.AsType[*os.SyscallError](err)
	o.note("read", call.Syscall)
}
