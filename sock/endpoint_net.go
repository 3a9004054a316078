//go:build unix

package sock

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// endpointOf parses an address in package net's form, of any network that ParseEndpoint knows as a scheme and of raw
// IP: a path is taken literally, "@" begins an abstract name, and a port may be missing.
func endpointOf(network, address string) (Endpoint, error) {
	if family, protocol, ok := strings.Cut(network, ":"); ok {
		return rawEndpoint(family, protocol, address)
	}
	t, ok := findTransport(network)
	if !ok {
		return Endpoint{}, net.UnknownNetworkError(network)
	}
	e := t.endpoint()
	if err := t.setAddress(&e, address); err != nil {
		return Endpoint{}, asAddrError(err, address)
	}
	return e, nil
}

// ipProtocols are the protocol names that package net knows on every system.
var ipProtocols = map[string]int{
	"icmp": unix.IPPROTO_ICMP, "igmp": unix.IPPROTO_IGMP, "tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP, "ipv6-icmp": unix.IPPROTO_ICMPV6,
}

// ipFamilies maps the networks of raw IP to their families.
var ipFamilies = map[string]int{"ip": AF_UNSPEC, "ip4": AF_INET, "ip6": AF_INET6}

// rawEndpoint parses a host for a network such as ip4:icmp or ip6:58: raw(7). An IPv4-mapped IP is treated as IPv4.
func rawEndpoint(network, protocol, host string) (Endpoint, error) {
	family, isIP := ipFamilies[network]
	number, known := ipProtocols[protocol]
	if n, err := strconv.ParseUint(protocol, 10, 8); err == nil {
		number, known = int(n), true
	}
	if !known || !isIP {
		return Endpoint{}, net.UnknownNetworkError(network + ":" + protocol)
	}
	e := Endpoint{Network: network, Family: family, Type: SOCK_RAW, Protocol: number, protocolName: protocol}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4In6() {
		host = ip.Unmap().String()
	}
	if err := e.setHost(net.JoinHostPort(host, "0")); err != nil {
		return Endpoint{}, asAddrError(err, host)
	}
	return e, nil
}

// asAddrError converts the error of an address to package net's type, unless it is an errno.
func asAddrError(err error, address string) error {
	if _, ok := err.(Errno); ok {
		return err
	}
	return &net.AddrError{Err: err.Error(), Addr: address}
}

// setHostNet parses HOST:PORT, whose zone is not escaped as in a URL.
func (e *Endpoint) setHostNet(address string) error {
	return e.setHost(authority(e.completeHost(address)))
}

// errNoAddress is package net's error for a client without an address to connect to.
var errNoAddress = errors.New("missing address")

// thisMachine replaces a client's missing host, or 0.0.0.0, with the IPv4 loopback address, as package net does. It
// uses both families for [::], and IPv6 for networks such as tcp6.
func (e Endpoint) thisMachine(address string) Endpoint {
	if e.every && !strings.HasPrefix(address, "[") {
		e.every = false
		e.addr = sockaddrs(loopbacks(cmp.Or(e.Family, AF_INET)), e.port)[0]
	}
	return e
}

// allGroups replaces a multicast address as package net does for UDP: the socket receives at every address of the family and
// shares the port, so that each socket can join its own groups.
func (e Endpoint) allGroups() Endpoint {
	ap := e.addr.AddrPort()
	switch {
	case e.Type != unix.SOCK_DGRAM || !ap.Addr().IsMulticast():
		return e
	case ap.Addr().Is4():
		e.addr = inet4([4]byte{}, ap.Port())
	default:
		e.addr = inet6([16]byte{}, ap.Port(), 0, 0)
	}
	e.shared = true
	return e
}

// completeHost adds port 0 to an address without a port, and removes an unspecified IP, as package net does: it then
// means all local addresses, of both families unless the network has only one. An IPv4-mapped IP is treated as IPv4,
// and any host may be in brackets.
func (e *Endpoint) completeHost(address string) string {
	switch {
	case address == "":
		return ":0"
	case strings.HasSuffix(address, ":"):
		address += "0"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	ip, _ := netip.ParseAddr(host)
	switch ip = ip.Unmap(); {
	case ip.IsUnspecified() && (ip.Is6() || e.Family == AF_UNSPEC):
		host = ""
	case ip.IsValid():
		host = ip.String()
	}
	return net.JoinHostPort(host, port)
}

// kind returns the kind of socket for one of the endpoint's addresses.
func (e Endpoint) kind(sa Sockaddr) connKind { return newKind(sa, e.Type, e.Protocol) }

func (e Endpoint) hasConnections() bool { return hasConnections(e.Type) }

// control makes the Control of DialOptions and ServerOptions from the hooks in package net's form. Like package net, it
// lets UDP and raw IP sockets send to broadcast addresses: socket(7) SO_BROADCAST.
func (e Endpoint) control(ctx context.Context, sa Sockaddr, plain func(network, address string, c syscall.RawConn) error,
	withContext func(ctx context.Context, network, address string, c syscall.RawConn) error) func(fd int) error {
	kind := e.kind(sa)
	network, address := e.networkOf(sa), kind.addr(sa).String()
	return func(fd int) error {
		if !e.hasConnections() && kind.isInet() {
			Setsockopt(fd, SO_BROADCAST, true)
		}
		if e.shared {
			Setsockopt(fd, SO_REUSEADDR, true)
			if runtime.GOOS != "linux" { // Linux accepts both
				Setsockopt(fd, SO_REUSEPORT, true)
			}
		}
		switch {
		case withContext != nil:
			return withContext(ctx, network, address, rawFD(fd))
		case plain != nil:
			return plain(network, address, rawFD(fd))
		}
		return nil
	}
}

// errorNetwork returns the network for errors, which name raw IP's protocol.
func (e Endpoint) errorNetwork() string {
	if e.protocolName == "" {
		return e.Network
	}
	return e.Network + ":" + e.protocolName
}

// addrNetwork returns the network of an address of package net's types.
func (e Endpoint) addrNetwork() string {
	return strings.TrimRight(strings.TrimPrefix(e.Network, "mp"), "46")
}

// networkOf returns the network of one of the endpoint's addresses, such as tcp4.
func (e Endpoint) networkOf(sa Sockaddr) string {
	network := strings.TrimPrefix(e.Network, "mp")
	switch {
	case e.Family != AF_UNSPEC:
		return network
	case sa.Family() == AF_INET:
		return network + "4"
	case sa.Family() == AF_INET6:
		return network + "6"
	}
	return network
}

// rawFD is a descriptor that is not yet part of a Conn, so there is nothing to wait for.
type rawFD int

func (fd rawFD) Control(f func(fd uintptr)) error { f(uintptr(fd)); return nil }
func (rawFD) Read(func(fd uintptr) bool) error    { return EOPNOTSUPP }
func (rawFD) Write(func(fd uintptr) bool) error   { return EOPNOTSUPP }

// opError makes a *net.OpError. The addresses may be nil.
func opError(op, network string, source, addr net.Addr, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: network, Source: source, Addr: addr, Err: err}
}
