//go:build unix

package sock

import (
	"context"
	"net"
	"os"
	"slices"
	"syscall"
	"time"
)

// ListenConfig makes sockets that clients reach, by bind(2) and listen(2), and replaces net.ListenConfig: fields and
// methods that both have share names and meanings. The networks are those of Dialer. Of a host with several addresses,
// the first IPv4 address is used, or the first one if none is of IPv4. An address without a host, or with 0.0.0.0 or
// ::, means all addresses of this machine, of both families unless the network has only one.
//
// Errors are *net.OpError. The zero value is ready for use, by any number of goroutines.
type ListenConfig struct {
	Backlog   int           // of listen(2); 0 is SOMAXCONN
	ReusePort bool          // SO_REUSEPORT, only on AF_INET and AF_INET6
	Resolver  *net.Resolver // looks up names; nil is net.DefaultResolver

	// For accepted TCP sockets, as in Dialer.
	Nagle           bool
	KeepAlive       time.Duration
	KeepAliveConfig net.KeepAliveConfig

	// Control is called before bind(2), to set options, with a network such as tcp4.
	// ControlContext, if set, is called instead.
	Control        func(network, address string, c syscall.RawConn) error
	ControlContext func(ctx context.Context, network, address string, c syscall.RawConn) error
}

// ListenURL listens at an endpoint that ParseEndpoint reads, such as tcp://localhost:80 or unix:@name: bind(2),
// listen(2). It is ListenURL of the zero ListenConfig.
func ListenURL(ctx context.Context, url string) (*Conn, error) {
	return new(ListenConfig).ListenURL(ctx, url)
}

// Listen accepts connections at an address of a network: bind(2), listen(2). Each accepted connection is a *Conn. As
// in package net, Close removes the file of a path. ctx ends the look-up of a name, and does not affect the listener.
func (l *ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	c, err := l.listenNet(ctx, network, address, true)
	if err != nil {
		return nil, err
	}
	sa, _ := SockaddrOf(c.LocalAddr())
	made := &listener{Conn: c, path: sa.Path()}
	if made.path != "" {
		made.file, _ = os.Lstat(made.path)
	}
	return made, nil
}

// ListenPacket receives datagrams at an address of a network: bind(2). The result is a *UDPConn for udp, an *IPConn for
// a network such as ip4:icmp, and always a net.Conn too. ctx ends the look-up of a name.
func (l *ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	c, err := l.listenNet(ctx, network, address, false)
	if err != nil {
		return nil, err
	}
	return c.PacketConn(), nil
}

// ListenURL listens, or receives datagrams, at an endpoint that ParseEndpoint reads: bind(2), listen(2). Accept takes
// clients; Listener and PacketConn return what code for package net expects. The caller must remove the file of a
// path.
func (l *ListenConfig) ListenURL(ctx context.Context, url string) (*Conn, error) {
	e, err := ParseEndpoint(url)
	if err != nil {
		return nil, err
	}
	return l.listen(ctx, e)
}

// listenNet listens at an address in package net's form. The network must have connections, or
// have none, as the caller requires.
func (l *ListenConfig) listenNet(ctx context.Context, network, address string, connections bool) (*Conn, error) {
	e, err := endpointOf(network, address)
	if err == nil && e.hasConnections() != connections {
		err = &net.AddrError{Err: "unexpected network for it", Addr: network}
	}
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	c, err := l.listen(ctx, e.allGroups())
	if failed, ok := err.(*net.OpError); ok {
		failed.Net = network // an endpoint's raw IP network lacks the protocol
	}
	return c, err
}

func (l *ListenConfig) listen(ctx context.Context, e Endpoint) (*Conn, error) {
	e.resolver = l.Resolver
	addrs, err := e.Resolve(ctx)
	if err != nil {
		return nil, opError("listen", e.Network, nil, nil, err)
	}
	sa := addrs[max(0, slices.IndexFunc(addrs, func(sa Sockaddr) bool { return sa.Family() == AF_INET }))]
	c, err := ListenConn(sa, l.options(ctx, e, sa))
	if instead, ok := e.IPv4Instead(sa, err); ok {
		sa = instead
		c, err = ListenConn(sa, l.options(ctx, e, sa))
	}
	if err == nil {
		c.network = e.Network
		return c, nil
	}
	if _, isOpError := err.(*net.OpError); !isOpError { // an error of Control
		err = opError("listen", e.Network, nil, e.kind(sa).addr(sa), err)
	}
	return nil, err
}

// options returns the ServerOptions for an address of the endpoint.
func (l *ListenConfig) options(ctx context.Context, e Endpoint, sa Sockaddr) ServerOptions {
	return ServerOptions{
		Type: e.Type, Protocol: e.Protocol, Backlog: l.Backlog, ReusePort: l.ReusePort, DualStack: e.Family == AF_UNSPEC,
		Nagle: l.Nagle, KeepAlive: l.KeepAlive, KeepAliveConfig: l.KeepAliveConfig,
		Control: e.control(ctx, sa, l.Control, l.ControlContext),
	}
}
