//go:build unix

package sock

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// Endpoint is a transport and a place, as in tcp://localhost:80 or unixpacket:@name. A host's name is not looked up yet.
type Endpoint struct {
	Network  string   // the URL's scheme: tcp, udp6, unixpacket
	Type     int      // of socket(2): SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
	Protocol int      // of socket(2): 0 except for mptcp
	addr     Sockaddr // the place, unless it is a host's name
	host     string
	port     uint16
	every    bool // whether no host was given, which stands for every address of this machine
}

// transport is what a URL's scheme stands for.
type transport struct {
	scheme        string
	typ, protocol int
	setPlace      func(e *Endpoint, place string) error // reads what follows the scheme
}

var transports = []transport{
	{"tcp", SOCK_STREAM, 0, (*Endpoint).setHost},
	{"tcp4", SOCK_STREAM, 0, (*Endpoint).setHost},
	{"tcp6", SOCK_STREAM, 0, (*Endpoint).setHost},
	{"udp", SOCK_DGRAM, 0, (*Endpoint).setHost},
	{"udp4", SOCK_DGRAM, 0, (*Endpoint).setHost},
	{"udp6", SOCK_DGRAM, 0, (*Endpoint).setHost},
	{"unix", SOCK_STREAM, 0, (*Endpoint).setUnix},
	{"unixgram", SOCK_DGRAM, 0, (*Endpoint).setUnix},
	{"unixpacket", SOCK_SEQPACKET, 0, (*Endpoint).setUnix},
}

// ParseEndpoint reads an endpoint: SCHEME://HOST:PORT, unix:PATH, unix:///PATH, unix:@ABSTRACT or vsock://CID:PORT; or,
// without a scheme, HOST:PORT for TCP and /PATH, ./PATH or @ABSTRACT for a unix stream.
//
// HOST is a name, an IPv4 address in any form that InetAton takes, or an IPv6 address in brackets, whose zone a URL
// may write as RFC 6874 does ([fe80::1%25eth0]). No HOST, or "*", stands for every address of this machine. PORT is a number
// or the name of a service. CID is a number, any, hypervisor, local or host. In paths and abstract names, %XX is a byte.
// Case does not matter in schemes, and space around an address is ignored. The error begins with what was given.
func ParseEndpoint(s string) (Endpoint, error) {
	e, err := parseEndpoint(s)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q: %w", s, err)
	}
	return e, nil
}

// Resolve looks the endpoint up: every address that it has, in the order to try them. The names localhost and *.localhost
// are this machine's, and no server is asked for them: RFC 6761.
func (e Endpoint) Resolve(ctx context.Context) ([]Sockaddr, error) {
	if !e.addr.IsZero() {
		return []Sockaddr{e.addr}, nil
	}
	ips, err := lookupIP(ctx, e.family(), e.host)
	return sockaddrs(ips, e.port), err
}

// ResolvePeer is Resolve for a client: an endpoint without a host, such as ":80", is at the loopback addresses.
func (e Endpoint) ResolvePeer(ctx context.Context) ([]Sockaddr, error) {
	if e.every {
		return sockaddrs(loopbacks(e.family()), e.port), nil
	}
	return e.Resolve(ctx)
}

func sockaddrs(ips []netip.Addr, port uint16) (addrs []Sockaddr) {
	for _, ip := range ips {
		addrs = append(addrs, Inet(netip.AddrPortFrom(ip, port)))
	}
	return addrs
}

// family is the address family that the transport is limited to, or AF_UNSPEC.
func (e Endpoint) family() int {
	switch {
	case strings.HasSuffix(e.Network, "4"):
		return AF_INET
	case strings.HasSuffix(e.Network, "6"):
		return AF_INET6
	}
	return AF_UNSPEC
}

// URL is an address of the endpoint's transport, as ParseEndpoint reads it.
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

// Records tells whether the transport keeps the boundaries of what is sent.
func (e Endpoint) Records() bool { return e.Type != SOCK_STREAM }

// Datagram tells whether the transport has no connections.
func (e Endpoint) Datagram() bool { return e.Type == SOCK_DGRAM }
