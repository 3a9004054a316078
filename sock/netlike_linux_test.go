package sock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// A stack makes sockets: it is package net, or package sock as its replacement.
type stack struct {
	none   net.Conn // a nil pointer
	dialer func(local net.Addr, resolver *net.Resolver, control hook) contextDialer
	config func(control hook) contextListener
}

type hook = func(network, address string, c syscall.RawConn) error

type (
	contextDialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	}
	contextListener interface {
		Listen(ctx context.Context, network, address string) (net.Listener, error)
		ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error)
	}
)

// An observer makes the same calls on either stack, and records what a program can see of each.
type observer struct {
	*testing.T
	stack
	dir      string // for paths
	local    net.Addr
	resolver *net.Resolver
	control  hook
	ports    []string // in the order of their appearance
	seen     []string
}

func (o *observer) note(what string, values ...any) {
	text := what + ":"
	for _, v := range values {
		switch v := v.(type) {
		case error:
			text += " " + o.describe(v)
		case net.Addr:
			text += " " + o.addr(v)
		default:
			text += fmt.Sprintf(" %v", v)
		}
	}
	o.seen = append(o.seen, text)
}

var portNumber = regexp.MustCompile(`:\d{4,5}$`)

// addr returns an address with its type, with the directory and the port number replaced.
func (o *observer) addr(a net.Addr) string {
	if a == nil {
		return "none"
	}
	text := strings.ReplaceAll(a.String(), o.dir, "DIR")
	if port := portNumber.FindString(text); port != "" {
		if !slices.Contains(o.ports, port) {
			o.ports = append(o.ports, port)
		}
		text = fmt.Sprintf("%s:port%d", strings.TrimSuffix(text, port), slices.Index(o.ports, port))
	}
	return fmt.Sprintf("%T(%s %s)", a, a.Network(), text)
}

// causes are the errors that programs look for.
var causes = []struct {
	name  string
	cause error
}{
	{"closed", net.ErrClosed},
	{"past the deadline", os.ErrDeadlineExceeded},
	{"canceled", context.Canceled},
	{"past the context's deadline", context.DeadlineExceeded},
	{"connected", net.ErrWriteToConnected},
	{"not permitted", fs.ErrPermission},
	{"not there", fs.ErrNotExist},
	{"EOF", io.EOF},
}

// describe returns the parts of an error that programs look at: its type, its fields, and the wrapped errors.
func (o *observer) describe(err error) string {
	var parts []string
	if failed, ok := err.(net.Error); ok && failed.Timeout() {
		parts = append(parts, "timeout")
	}
	if op, ok := err.(*net.OpError); ok {
		parts = append(parts, fmt.Sprintf("%s %s, %s to %s,", op.Op, op.Net, o.addr(op.Source), o.addr(op.Addr)))
		err = op.Err
	}
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		parts = append(parts, sock.ErrnoName(errno))
	}
	for _, c := range causes {
		if errors.Is(err, c.cause) {
			parts = append(parts, c.name)
		}
	}
	for _, target := range []any{new(*net.AddrError), new(*net.DNSError), new(net.UnknownNetworkError), new(*net.ParseError)} {
		if errors.As(err, target) {
			parts = append(parts, fmt.Sprintf("%T", target)[1:])
		}
	}
	return strings.Join(append(parts, "error"), " ")
}

// dial connects. If that fails, it records the error and returns nil.
func (o *observer) dial(network, address string) net.Conn {
	ctx, cancel := context.WithTimeout(o.Context(), 10*time.Second)
	defer cancel()
	return o.dialContext(ctx, network, address)
}

func (o *observer) dialContext(ctx context.Context, network, address string) net.Conn {
	c, err := o.dialer(o.local, o.resolver, o.control).DialContext(ctx, network, o.place(address))
	if err != nil {
		o.note("dial", err)
		return nil
	}
	o.own(c)
	o.note("dialed", c.LocalAddr(), c.RemoteAddr())
	return c
}

// place returns an address with DIR replaced by the directory.
func (o *observer) place(address string) string { return strings.ReplaceAll(address, "DIR", o.dir) }

func (o *observer) listen(network, address string) net.Listener {
	l, err := o.config(o.control).Listen(o.Context(), network, o.place(address))
	if err != nil {
		o.note("listen", err)
		panic(errNothingMore)
	}
	o.own(l)
	o.note("listening", l.Addr())
	return l
}

func (o *observer) packets(network, address string) net.PacketConn {
	c, err := o.config(o.control).ListenPacket(o.Context(), network, o.place(address))
	if err != nil {
		o.note("listen", err)
		panic(errNothingMore)
	}
	o.own(c)
	o.note("receiving", c.LocalAddr(), c.(net.Conn).RemoteAddr())
	return c
}

// own closes c at the end of the case, and sets a deadline so that no call waits forever.
func (o *observer) own(c io.Closer) {
	o.Cleanup(func() { c.Close() })
	if d, ok := c.(interface{ SetDeadline(time.Time) error }); ok {
		d.SetDeadline(time.Now().Add(10 * time.Second))
	}
}

// pair returns both ends of a connection.
func (o *observer) pair(network, address string) (client, server net.Conn) {
	l := o.listen(network, address)
	if client = o.dial(network, l.Addr().String()); client == nil {
		panic(errNothingMore)
	}
	server, err := l.Accept()
	check(o.T, err)
	o.own(server)
	o.note("accepted", server.LocalAddr(), server.RemoteAddr())
	return client, server
}

// whyNoIPv6 returns the errno for IPv6's loopback address, or "" where there is IPv6.
func whyNoIPv6() string {
	fd, err := sock.Socket(sock.AF_INET6, sock.SOCK_STREAM, 0)
	if err == nil {
		defer sock.Close(fd)
		err = sock.Bind(fd, sock.Inet(netip.AddrPortFrom(netip.IPv6Loopback(), 0)))
	}
	if errno, ok := err.(sock.Errno); ok {
		return sock.ErrnoName(errno)
	}
	return ""
}

// errNothingMore ends a case that has noted why it goes on without a socket: a system without IPv6, for example.
var errNothingMore = errors.New("nothing more to observe")

// observe runs a case on a stack, and returns what the observer recorded.
func observe(t *testing.T, s stack, run func(o *observer)) (seen []string) {
	t.Run("", func(t *testing.T) {
		o := &observer{T: t, stack: s, dir: t.TempDir()}
		defer func() {
			seen = o.seen
			if why := recover(); why != nil && why != errNothingMore {
				panic(why)
			}
		}()
		run(o)
	})
	return seen
}

var netStack = stack{
	(*net.TCPConn)(nil),
	func(local net.Addr, r *net.Resolver, control hook) contextDialer {
		return &net.Dialer{LocalAddr: local, Resolver: r, Control: control}
	},
	func(control hook) contextListener {
		return &net.ListenConfig{Control: control}
	},
}

var sockStack = stack{
	(*sock.Conn)(nil),
	func(local net.Addr, r *net.Resolver, control hook) contextDialer {
		return &sock.Dialer{LocalAddr: local, Resolver: r, Control: control}
	},
	func(control hook) contextListener {
		return &sock.ListenConfig{Control: control}
	},
}

// differences returns the names of the differences that the package documentation lists.
func differences(t *testing.T) (names []string) {
	doc, err := os.ReadFile("doc.go")
	check(t, err)
	_, list, _ := strings.Cut(string(doc), "// # Differences from package net\n")
	list, _, _ = strings.Cut(list, "// # ")
	for _, m := range regexp.MustCompile(`//   - (\w+): `).FindAllStringSubmatch(list, -1) {
		names = append(names, m[1])
	}
	return names
}

// A program sees the same on both stacks, except for the documented differences.
func TestAsNet(t *testing.T) {
	documented, noIPv6 := differences(t), whyNoIPv6()
	_, noLocalhost := net.DefaultResolver.LookupHost(t.Context(), "localhost")
	for _, test := range netCases {
		t.Run(test.name, func(t *testing.T) {
			want, got := observe(t, netStack, test.run), observe(t, sockStack, test.run)
			if test.difference != "" && !slices.Contains(documented, test.difference) {
				t.Errorf("difference %q is not in doc.go's list %q", test.difference, documented)
			}
			differs := !slices.Equal(want, got)
			switch {
			case differs == (test.difference != ""):
			case noLocalhost != nil && strings.Contains(strings.Join(want, "\n"), "*net.DNSError"):
				t.Skip("package net doesn't find localhost here:", noLocalhost)
			case noIPv6 != "" && (!differs || strings.Contains(strings.Join(want, "\n"), noIPv6)):
				t.Skip("no IPv6 here:", noIPv6)
			default:
				t.Errorf("documented difference: %q\n net: %s\nsock: %s", test.difference, strings.Join(want, "\n      "), strings.Join(got, "\n      "))
			}
		})
	}
}
