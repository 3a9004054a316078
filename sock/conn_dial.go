//go:build unix

package sock

import (
	"cmp"
	"context"
	"net"
	"reflect"
	"syscall"
	"time"
)

// Dialer makes connections, by connect(2), and replaces net.Dialer: fields and methods that both have share names and
// meanings. The networks are the schemes of ParseEndpoint, such as tcp4, udp6 and unixgram, and on Linux mptcp and
// vsock, whose address is CID:PORT; and those of raw IP, such as ip4:icmp.
//
// DialContext returns a *Conn for a stream. For datagrams it returns a net.PacketConn too, such as a *UDPConn, which
// may send to broadcast addresses. Code that needs one of package net's types gets it from File and net.FileConn. The
// addresses of a host are tried as CreateConnection does. An error is a *net.OpError; after several attempts it joins
// the errors of all.
//
// The calling thread makes the sockets, and asks for names unless there is a Resolver, so that a thread that was
// moved to another network namespace connects from there: see Getaddrinfo.
//
// The zero value is ready for use, by any number of goroutines.
type Dialer struct {
	Timeout       time.Duration // for the look-up and all attempts together; 0 means no limit
	Deadline      time.Time     // the same, as a point in time
	LocalAddr     net.Addr      // for bind(2), a Sockaddr for example; nil leaves it to the kernel
	FallbackDelay time.Duration // between two attempts: 0 is 250 ms; negative waits for the end of the previous one
	Resolver      *net.Resolver // looks up names; nil is net.DefaultResolver

	Nagle           bool                // leaves TCP_NODELAY off, which is otherwise on
	KeepAlive       time.Duration       // time before a silent TCP peer is probed: 0 is 15 s, negative is never
	KeepAliveConfig net.KeepAliveConfig // if enabled, replaces KeepAlive

	// Control is called before bind(2) and connect(2), to set options, with a network such as tcp4.
	// ControlContext, if set, is called instead.
	Control        func(network, address string, c syscall.RawConn) error
	ControlContext func(ctx context.Context, network, address string, c syscall.RawConn) error
}

// Dial connects to an endpoint that ParseEndpoint reads, such as tcp://localhost:80 or unix:@name: socket(2),
// connect(2). It is DialURL of the zero Dialer.
func Dial(ctx context.Context, url string) (*Conn, error) { return new(Dialer).DialURL(ctx, url) }

// Dial is DialContext without a context: connect(2).
func (d *Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects to an address of a network: socket(2), connect(2). It ends when ctx does.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	e, err := endpointOf(network, address)
	if err == nil && address == "" {
		err = errNoAddress
	}
	if err != nil {
		return nil, opError("dial", network, nil, nil, err)
	}
	c, err := d.dial(ctx, e.thisMachine(address))
	if err != nil {
		return nil, err
	}
	return c.netConn(), nil
}

// DialURL connects to an endpoint that ParseEndpoint reads: socket(2), connect(2). It ends when ctx does. For
// datagrams, the Conn's PacketConn returns a value like package net's.
func (d *Dialer) DialURL(ctx context.Context, url string) (*Conn, error) {
	e, err := ParseEndpoint(url)
	if err != nil {
		return nil, err
	}
	return d.dial(ctx, e)
}

func (d *Dialer) dial(ctx context.Context, e Endpoint) (*Conn, error) {
	ctx, cancel := d.limit(ctx)
	defer cancel()
	e.resolver = d.Resolver
	local, addrs, err := d.addresses(ctx, e)
	if err != nil {
		return nil, opError("dial", e.errorNetwork(), nil, nil, err)
	}
	h := happyEyeballs[*Conn]{
		open:    func(sa Sockaddr) (*Conn, error) { return d.options(ctx, e, local, sa).open(sa) },
		connect: func(ctx context.Context, c *Conn, sa Sockaddr) error { return c.dial(ctx, sa) },
		close:   func(c *Conn) { c.Close() },
		explain: func(sa Sockaddr, err error) error {
			return opError("dial", e.errorNetwork(), d.LocalAddr, e.kind(sa).addr(sa), err)
		},
		delay:  cmp.Or(max(d.FallbackDelay, 0), attemptDelay),
		atOnce: maxAttempts,
	}
	if d.FallbackDelay < 0 {
		h.atOnce = 1
	}
	c, err := h.connectAny(ctx, addrs)
	if several, ok := err.(attemptErrors); ok {
		err = opError("dial", e.errorNetwork(), d.LocalAddr, nil, several)
	}
	if err != nil {
		return nil, err
	}
	c.network = e.Network
	return c, nil
}

// limit returns a context that also ends at the Dialer's deadline.
func (d *Dialer) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := d.Deadline
	if byTimeout := time.Now().Add(d.Timeout); d.Timeout != 0 && (deadline.IsZero() || byTimeout.Before(deadline)) {
		deadline = byTimeout
	}
	if deadline.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline)
}

// addresses returns the Dialer's local address, and the peer's addresses of a family that it can reach.
func (d *Dialer) addresses(ctx context.Context, e Endpoint) (local Sockaddr, peers []Sockaddr, err error) {
	if local, err = d.ownAddress(e); err != nil {
		return local, nil, err
	}
	all, err := e.ResolvePeer(ctx)
	for _, sa := range all {
		if local.IsZero() || wildcardFor(local, sa).Family() == sa.Family() {
			peers = append(peers, sa)
		}
	}
	if err == nil && len(peers) == 0 {
		err = &net.AddrError{Err: "no address of the family of the local one", Addr: local.String()}
	}
	return local, peers, err
}

// ownAddress returns LocalAddr, or the zero Sockaddr if it is nil or, as in package net, a nil pointer.
func (d *Dialer) ownAddress(e Endpoint) (Sockaddr, error) {
	if v := reflect.ValueOf(d.LocalAddr); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return Sockaddr{}, nil
	}
	if _, isAny := d.LocalAddr.(Sockaddr); !isAny && d.LocalAddr.Network() != e.addrNetwork() {
		return Sockaddr{}, &net.AddrError{Err: "mismatched local address type", Addr: d.LocalAddr.String()}
	}
	return SockaddrOf(d.LocalAddr)
}

// wildcardFor returns the local address. If it has no IP, it is the wildcard of the peer's family with the same port.
func wildcardFor(local, peer Sockaddr) Sockaddr {
	ap := local.AddrPort()
	switch isWildcard := ap.IsValid() && ap.Addr().IsUnspecified(); {
	case isWildcard && peer.Family() == AF_INET:
		return inet4([4]byte{}, ap.Port())
	case isWildcard && peer.Family() == AF_INET6:
		return inet6([16]byte{}, ap.Port(), 0, 0)
	}
	return local
}

// options returns the DialOptions for one of the addresses.
func (d *Dialer) options(ctx context.Context, e Endpoint, local, sa Sockaddr) DialOptions {
	control := e.control(ctx, sa, d.Control, d.ControlContext)
	return DialOptions{
		Type: e.Type, Protocol: e.Protocol, Local: wildcardFor(local, sa),
		Nagle: d.Nagle, KeepAlive: d.KeepAlive, KeepAliveConfig: d.KeepAliveConfig,
		Control: func(fd int) error {
			if e.V6Only() && e.Type != SOCK_RAW {
				Setsockopt(fd, IPV6_V6ONLY, true) // the port stays free for IPv4, and may be in use there
			}
			return control(fd)
		},
	}
}
