//go:build unix

package sock

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
)

// Endpoint is a transport and an address, as in tcp://localhost:80 or unixpacket:@name. The name of a host is not
// looked up yet.
type Endpoint struct {
	Network      string   // the URL's scheme: tcp, udp6, unixpacket
	Family       int      // AF_UNIX for example; AF_UNSPEC for tcp and others that use both AF_INET and AF_INET6
	Type         int      // of socket(2): SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
	Protocol     int      // of socket(2): 0 except for mptcp
	addr         Sockaddr // the address, unless it is a host name
	host         string
	port         uint16
	every        bool          // whether no host was given, which means every local address
	shared       bool          // whether other sockets may receive at the same port
	protocolName string        // of raw IP, for errors
	resolver     *net.Resolver // looks up the host; nil is net.DefaultResolver
}

// transport is the meaning of a URL's scheme.
type transport struct {
	scheme                string
	family, typ, protocol int
	setPlace              func(e *Endpoint, place string) error   // parses the part after the scheme in a URL
	setAddress            func(e *Endpoint, address string) error // parses an address in package net's form
}

var transports = []transport{
	{"tcp", AF_UNSPEC, SOCK_STREAM, 0, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
	{"tcp4", AF_INET, SOCK_STREAM, 0, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
	{"tcp6", AF_INET6, SOCK_STREAM, 0, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
	{"udp", AF_UNSPEC, SOCK_DGRAM, 0, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
	{"udp4", AF_INET, SOCK_DGRAM, 0, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
	{"udp6", AF_INET6, SOCK_DGRAM, 0, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
	{"unix", AF_UNIX, SOCK_STREAM, 0, (*Endpoint).setUnixURL, (*Endpoint).setUnixNet},
	{"unixgram", AF_UNIX, SOCK_DGRAM, 0, (*Endpoint).setUnixURL, (*Endpoint).setUnixNet},
	{"unixpacket", AF_UNIX, SOCK_SEQPACKET, 0, (*Endpoint).setUnixURL, (*Endpoint).setUnixNet},
}

func (t transport) endpoint() Endpoint {
	return Endpoint{Network: t.scheme, Family: t.family, Type: t.typ, Protocol: t.protocol}
}

// NetworkOf returns the scheme of an Endpoint for a socket of this family, type and protocol: tcp for
// AF_INET6 and SOCK_STREAM, for example. It returns "" if no scheme fits. For a protocol without its own
// scheme it returns that of the type.
func NetworkOf(family, typ, protocol int) string {
	if family == AF_INET || family == AF_INET6 {
		family = AF_UNSPEC
	}
	network := ""
	for _, t := range transports {
		if t.family == family && t.typ == typ && (t.protocol == protocol || t.protocol == 0 && network == "") {
			network = t.scheme
		}
	}
	return network
}

// ParseEndpoint parses an endpoint: SCHEME://HOST:PORT, unix:PATH, unix:///PATH, unix:@ABSTRACT or vsock://CID:PORT;
// or, without a scheme, HOST:PORT for TCP and /PATH, ./PATH or @ABSTRACT for a unix stream.
//
// HOST is a name, an IPv4 address in any form that InetAton reads, or an IPv6 address in brackets, whose zone may be
// written as in RFC 6874 ([fe80::1%25eth0]). An empty HOST, or "*", means every address of this machine. PORT is a
// number or the name of a service. CID is a number, any, hypervisor, local or host. In paths and abstract names, %XX
// is a byte. The case of a scheme does not matter, and space around an address is ignored. The error is a *ParseError.
func ParseEndpoint(s string) (Endpoint, error) {
	e, err := parseEndpoint(s)
	if err != nil {
		return Endpoint{}, &ParseError{Text: s, Err: err}
	}
	return e, nil
}

// Resolve looks up every address of the endpoint, in the order to try them. The names localhost and *.localhost mean
// this machine; no server is asked for them: RFC 6761.
func (e Endpoint) Resolve(ctx context.Context) ([]Sockaddr, error) {
	if !e.addr.IsZero() {
		return []Sockaddr{e.addr}, nil
	}
	ips, err := lookupIP(ctx, e.resolver, e.Family, e.host)
	return sockaddrs(ips, e.port), err
}

// ResolvePeer is Resolve for a client: an endpoint without a host, such as ":80", means the loopback addresses.
func (e Endpoint) ResolvePeer(ctx context.Context) ([]Sockaddr, error) {
	if e.every {
		return sockaddrs(loopbacks(e.Family), e.port), nil
	}
	return e.Resolve(ctx)
}

// IPv4Instead returns the address to listen on if sa, the wildcard of both families, failed because IPv6 is missing:
// the kernel lacks it, it is turned off, or a sandbox refuses socket(2). err is the *os.SyscallError that CreateServer
// returned. ok is false if listening on IPv4 would not help.
func (e Endpoint) IPv4Instead(sa Sockaddr, err error) (instead Sockaddr, ok bool) {
	call, failed := errors.AsType[*os.SyscallError](err)
	switch ap := sa.AddrPort(); {
	case !failed || e.Family != AF_UNSPEC || ap.Addr() != netip.IPv6Unspecified():
		return Sockaddr{}, false
	case call.Err == EAFNOSUPPORT, call.Err == EADDRNOTAVAIL, call.Syscall == "socket" && isUnavailable(call.Err):
		return inet4([4]byte{}, ap.Port()), true
	}
	return Sockaddr{}, false
}

func sockaddrs(ips []netip.Addr, port uint16) (addrs []Sockaddr) {
	for _, ip := range ips {
		addrs = append(addrs, Inet(netip.AddrPortFrom(ip, port)))
	}
	return addrs
}

// V6Only reports whether the transport is limited to IPv6, as IPV6_V6ONLY of ipv6(7) limits a socket.
func (e Endpoint) V6Only() bool { return e.Family == AF_INET6 }

// URL returns an address of the transport of e as text that ParseEndpoint reads.
func (e Endpoint) URL(sa Sockaddr) string {
	place := sa.String()
	if relative, ok := strings.CutPrefix(place, "unix:"); ok {
		place = relative
	} else if numbers, ok := strings.CutPrefix(place, "vsock:"); ok {
		place = "//" + numbers
	} else if sa.AddrPort().IsValid() {
		place = "//" + escapeZone(place)
	} else if place != "" && place[0] != '@' {
		place = "//" + place
	}
	return e.Network + ":" + place
}

// Records reports whether the transport preserves message boundaries.
func (e Endpoint) Records() bool { return e.Type != SOCK_STREAM }

// Datagram reports whether the transport has no connections.
func (e Endpoint) Datagram() bool { return e.Type == SOCK_DGRAM }
