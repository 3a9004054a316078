package sock_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// tcpOptions are the options that package net sets on a TCP socket.
type tcpOptions struct {
	noDelay, keepAlive bool
	idle, interval     time.Duration
	count              int
}

func tcpOptionsOf(t *testing.T, c syscall.Conn) (o tcpOptions) {
	t.Helper()
	for _, get := range []func() error{
		func() (err error) { o.noDelay, err = sock.GetConnOption(c, sock.TCP_NODELAY); return err },
		func() (err error) { o.keepAlive, err = sock.GetConnOption(c, sock.SO_KEEPALIVE); return err },
		func() (err error) { o.idle, err = sock.GetConnOption(c, sock.TCP_KEEPIDLE); return err },
		func() (err error) { o.interval, err = sock.GetConnOption(c, sock.TCP_KEEPINTVL); return err },
		func() (err error) { o.count, err = sock.GetConnOption(c, sock.TCP_KEEPCNT); return err },
	} {
		check(t, get())
	}
	return o
}

// netPair returns both ends of a connection that package net makes with the given configuration.
func netPair(t *testing.T, keepAlive time.Duration, config net.KeepAliveConfig) (client, server *net.TCPConn) {
	t.Helper()
	lc := net.ListenConfig{KeepAlive: keepAlive, KeepAliveConfig: config}
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	d := net.Dialer{KeepAlive: keepAlive, KeepAliveConfig: config}
	c, err := d.Dial("tcp4", l.Addr().String())
	check(t, err)
	t.Cleanup(func() { c.Close() })
	s, err := l.Accept()
	check(t, err)
	t.Cleanup(func() { s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// All functions that make TCP Conns set the options that package net sets for the same fields.
func TestTCPDefaults(t *testing.T) {
	for _, test := range []struct {
		name      string
		nagle     bool
		keepAlive time.Duration
		config    net.KeepAliveConfig
	}{
		{name: "by default"},
		{name: "Nagle", nagle: true},
		{name: "no keep-alive", keepAlive: -1},
		{name: "keep-alive of a minute", keepAlive: time.Minute},
		{name: "a configuration", config: net.KeepAliveConfig{Enable: true, Idle: 40 * time.Second, Interval: 5 * time.Second, Count: 3}},
		{name: "a part of one", keepAlive: -1, config: net.KeepAliveConfig{Enable: true, Idle: -1, Interval: 5 * time.Second, Count: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			theirs, _ := netPair(t, test.keepAlive, test.config)
			want := tcpOptionsOf(t, theirs)
			want.noDelay = !test.nagle
			config := sock.ListenConfig{Nagle: test.nagle, KeepAlive: test.keepAlive, KeepAliveConfig: test.config}
			d := sock.Dialer{Nagle: test.nagle, KeepAlive: test.keepAlive, KeepAliveConfig: test.config}
			server := sock.ServerOptions{Nagle: test.nagle, KeepAlive: test.keepAlive, KeepAliveConfig: test.config}
			client := sock.DialOptions{Nagle: test.nagle, KeepAlive: test.keepAlive, KeepAliveConfig: test.config}

			byURL, err := config.ListenURL(t.Context(), "tcp://127.0.0.1:0")
			check(t, err)
			defer byURL.Close()
			bySockaddr, err := sock.ListenConn(inet("127.0.0.1:0"), server)
			check(t, err)
			defer bySockaddr.Close()
			for _, l := range []*sock.Conn{byURL, bySockaddr} {
				for name, dial := range map[string]func() (*sock.Conn, error){
					"DialConn": func() (*sock.Conn, error) { return sock.DialConn(t.Context(), address(t, l), client) },
					"DialURL":  func() (*sock.Conn, error) { return d.DialURL(t.Context(), "tcp://"+l.LocalAddr().String()) },
				} {
					c, err := dial()
					check(t, err)
					defer c.Close()
					a, err := l.Accept()
					check(t, err)
					defer a.Close()
					if got := tcpOptionsOf(t, c); got != want {
						t.Errorf("%s: options are %+v, want %+v", name, got, want)
					}
					if got := tcpOptionsOf(t, a); got != want {
						t.Errorf("accepted: options are %+v, want %+v", got, want)
					}
				}
			}
		})
	}
}

// Multipath TCP has the options too if the kernel supports them.
func TestMPTCPDefaults(t *testing.T) {
	needKernel(t)
	l := listeningConn(t, kind{Name: "mptcp", Domain: sock.AF_INET, Type: sock.SOCK_STREAM, Protocol: sock.IPPROTO_MPTCP})
	plain := newConn(t, sock.AF_INET, sock.SOCK_STREAM, sock.IPPROTO_MPTCP)
	c := dialed(t, l, kind{Type: sock.SOCK_STREAM, Protocol: sock.IPPROTO_MPTCP})
	a, err := l.Accept()
	check(t, err)
	defer a.Close()
	for name, conn := range map[string]*sock.Conn{"dialed": c, "accepted": a} {
		if is, err := conn.MultipathTCP(); !is || err != nil {
			t.Errorf("%s: MultipathTCP = %t, %v, want true", name, is, err)
		}
		if plain.SetNoDelay(true) != nil {
			continue
		}
		if on, err := sock.GetConnOption(conn, sock.TCP_NODELAY); !on || err != nil {
			t.Errorf("%s: TCP_NODELAY = %t, %v, want true", name, on, err)
		}
	}
}

// newConn returns a Conn of a new socket.
func newConn(t *testing.T, domain, typ, protocol int) *sock.Conn {
	t.Helper()
	fd, err := sock.Socket(domain, typ, protocol)
	checkSocket(t, err)
	c, err := sock.NewConn(fd)
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// NewConn, DupConn and the helpers that return descriptors set no options.
func TestOptionsAreLeftAlone(t *testing.T) {
	untouched := tcpOptionsOf(t, newConn(t, sock.AF_INET, sock.SOCK_STREAM, 0))
	if untouched.noDelay || untouched.keepAlive {
		t.Fatalf("a new Conn has options %+v, want both off", untouched)
	}
	fd, err := sock.CreateServer(inet("127.0.0.1:0"), sock.ServerOptions{})
	check(t, err)
	own(t, fd)
	client, err := sock.CreateConnection(t.Context(), name(t, fd).String())
	check(t, err)
	c, err := sock.NewConn(client)
	check(t, err)
	defer c.Close()
	d, err := sock.DupConn(c)
	check(t, err)
	defer d.Close()
	for name, conn := range map[string]*sock.Conn{"CreateConnection": c, "DupConn": d} {
		if got := tcpOptionsOf(t, conn); got != untouched {
			t.Errorf("%s: options are %+v, want %+v", name, got, untouched)
		}
	}
}

// callsOf returns the names of the system calls that f makes.
func callsOf(t *testing.T, f func()) (calls []string) {
	t.Helper()
	var mu sync.Mutex
	sock.SetTrace(func(line string) {
		mu.Lock()
		defer mu.Unlock()
		call, _, _ := strings.Cut(line, "(")
		calls = append(calls, call)
	})
	defer sock.SetTrace(nil)
	f()
	return calls
}

// Accepted sockets inherit the listener's options, so Accept makes only one call.
func TestAcceptIsOneCall(t *testing.T) {
	if !sock.AcceptInherits() {
		t.Skip("Accept sets options, since accepted sockets don't inherit them here")
	}
	l := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM})
	dialed(t, l, kind{Type: sock.SOCK_STREAM})
	fd := -1
	check(t, l.Control(func(n int) error { fd = n; return nil }))
	await(t, fd, sock.POLLIN)
	calls := callsOf(t, func() {
		c, err := l.Accept()
		check(t, err)
		c.Close()
	})
	if len(calls) != 1 || calls[0] != "accept4" {
		t.Errorf("Accept makes the calls %q, want only accept4", calls)
	}
}

// The methods that Conn shares with *net.TCPConn set the same options.
func TestTCPConnMethods(t *testing.T) {
	theirs, _ := netPair(t, 0, net.KeepAliveConfig{})
	raw, _ := netPair(t, 0, net.KeepAliveConfig{})
	ours, err := sock.DupConn(raw)
	check(t, err)
	defer ours.Close()
	type tcpConn interface {
		syscall.Conn
		SetNoDelay(bool) error
		SetLinger(int) error
		SetKeepAlive(bool) error
		SetKeepAlivePeriod(time.Duration) error
		SetKeepAliveConfig(net.KeepAliveConfig) error
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
		MultipathTCP() (bool, error)
	}
	all := func(c tcpConn) (o struct {
		tcpOptions
		linger           sock.Linger
		receive, send    int
		isMultipath      bool
		err1, err2, err3 error
	}) {
		o.tcpOptions = tcpOptionsOf(t, c)
		o.linger, o.err1 = sock.GetConnOption(c, sock.SO_LINGER)
		o.receive, o.err2 = sock.GetConnOption(c, sock.SO_RCVBUF)
		o.send, o.err3 = sock.GetConnOption(c, sock.SO_SNDBUF)
		o.isMultipath, _ = c.MultipathTCP()
		return o
	}
	for name, set := range map[string]func(tcpConn) error{
		"SetNoDelay":         func(c tcpConn) error { return c.SetNoDelay(false) },
		"SetLinger":          func(c tcpConn) error { return c.SetLinger(3) },
		"SetLinger off":      func(c tcpConn) error { return c.SetLinger(-1) },
		"SetKeepAlive":       func(c tcpConn) error { return c.SetKeepAlive(false) },
		"SetKeepAlivePeriod": func(c tcpConn) error { return c.SetKeepAlivePeriod(90 * time.Second) },
		"a period of 0":      func(c tcpConn) error { return c.SetKeepAlivePeriod(0) },
		"a negative period":  func(c tcpConn) error { return c.SetKeepAlivePeriod(-time.Second) },
		"SetKeepAliveConfig": func(c tcpConn) error { return c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Count: 4}) },
		"and off":            func(c tcpConn) error { return c.SetKeepAliveConfig(net.KeepAliveConfig{Interval: -1}) },
		"SetReadBuffer":      func(c tcpConn) error { return c.SetReadBuffer(8000) },
		"SetWriteBuffer":     func(c tcpConn) error { return c.SetWriteBuffer(9000) },
	} {
		check(t, set(theirs))
		check(t, set(ours))
		if got, want := all(ours), all(theirs); got != want {
			t.Errorf("%s: options are %+v, want %+v", name, got, want)
		}
	}
	check(t, ours.Close())
	err = ours.SetNoDelay(true)
	if op := (*net.OpError)(nil); !errors.As(err, &op) || op.Op != "set" || !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v, want a *net.OpError with net.ErrClosed", err)
	}
}

// GetConnOption and SetConnOption accept any type that has a socket.
func TestConnOption(t *testing.T) {
	l, err := new(sock.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	p, err := new(sock.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	check(t, err)
	defer p.Close()
	theirs, _ := netPair(t, 0, net.KeepAliveConfig{})
	for _, c := range []any{l, p, theirs} {
		conn := c.(syscall.Conn)
		check(t, sock.SetConnOption(conn, sock.SO_PRIORITY, 3))
		if n, err := sock.GetConnOption(conn, sock.SO_PRIORITY); n != 3 || err != nil {
			t.Errorf("%T: SO_PRIORITY = %d, %v, want 3", c, n, err)
		}
		if _, err := sock.GetConnOption(conn, sock.BoolOption("none", sock.SOL_SOCKET, 1<<20)); !errors.Is(err, sock.ENOPROTOOPT) {
			t.Errorf("%T: unknown option: %v, want ENOPROTOOPT", c, err)
		}
	}
	check(t, l.Close())
	if err := sock.SetConnOption(l.(syscall.Conn), sock.SO_PRIORITY, 3); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v, want net.ErrClosed", err)
	}
}
