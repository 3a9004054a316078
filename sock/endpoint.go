//go:build unix

package sock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Endpoint is a transport and a place, as the URLs tcp://localhost:80 and unixpacket:@name have them, with hosts not yet
// looked up.
type Endpoint struct {
	Network  string   // the URL's scheme: tcp, udp6, unixpacket
	Type     int      // of socket(2): SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
	Protocol int      // of socket(2): 0 but for mptcp
	addr     Sockaddr // the place, where it needs no look-up
	host     string
	port     uint16
}

// transports has what each scheme stands for.
var transports = map[string]struct{ typ, protocol int }{
	"tcp":        {SOCK_STREAM, 0},
	"tcp4":       {SOCK_STREAM, 0},
	"tcp6":       {SOCK_STREAM, 0},
	"udp":        {SOCK_DGRAM, 0},
	"udp4":       {SOCK_DGRAM, 0},
	"udp6":       {SOCK_DGRAM, 0},
	"unix":       {SOCK_STREAM, 0},
	"unixgram":   {SOCK_DGRAM, 0},
	"unixpacket": {SOCK_SEQPACKET, 0},
}

// ParseEndpoint reads an endpoint: SCHEME://HOST:PORT, unix:///PATH, unix:@ABSTRACT, vsock://CID:PORT; or without a
// scheme HOST:PORT for TCP and /PATH, ./PATH or @ABSTRACT for a unix stream. PORT may be a service's name. Its errors begin with what was given.
func ParseEndpoint(s string) (Endpoint, error) {
	e, err := parseEndpoint(s)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q: %w", s, err)
	}
	return e, nil
}

func parseEndpoint(s string) (Endpoint, error) {
	network, place, ok := strings.Cut(s, ":")
	_, known := transports[network]
	switch {
	case s == "":
		return Endpoint{}, errors.New("the address is empty")
	case ok && known:
	case strings.Contains(s, "://"):
		return Endpoint{}, fmt.Errorf("no transport is called %s", network)
	case s[0] == '/' || s[0] == '@' || s[0] == '.':
		network, place = "unix", s
	default:
		network, place = "tcp", s
	}
	transport := transports[network]
	e := Endpoint{Network: network, Type: transport.typ, Protocol: transport.protocol}
	if strings.HasPrefix(network, "unix") || network == "vsock" {
		return e, e.setAddr(place)
	}
	return e, e.setHost(strings.TrimPrefix(place, "//"))
}

// setAddr takes a place that needs no look-up.
func (e *Endpoint) setAddr(place string) error {
	sa, err := ParseSockaddr(e.Network + ":" + place)
	switch {
	case err != nil:
		return errors.Unwrap(err) // without the address, which ParseEndpoint puts first
	case sa == Unnamed():
		return errors.New("the path is missing")
	}
	e.addr = sa
	return nil
}

// setHost takes HOST:PORT, where PORT may be the name of a service.
func (e *Endpoint) setHost(place string) error {
	host, service, err := net.SplitHostPort(place)
	switch {
	case err != nil:
		return errors.New("not HOST:PORT, or [HOST]:PORT for IPv6")
	case host == "":
		return errors.New("the host is missing: 0.0.0.0 or [::] stand for all of this machine's addresses")
	}
	services := "tcp"
	if e.Datagram() {
		services = "udp"
	}
	port, err := net.LookupPort(services, service)
	if err != nil || service == "" {
		return fmt.Errorf("port %q is neither 0 to 65535 nor the name of a service", service)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return e.setAddr(net.JoinHostPort(host, strconv.Itoa(port)))
	}
	e.host, e.port = host, uint16(port)
	return nil
}

// Resolve looks the endpoint up: every address that it has, in the order to try them.
func (e Endpoint) Resolve(ctx context.Context) ([]Sockaddr, error) {
	if !e.addr.IsZero() {
		return []Sockaddr{e.addr}, nil
	}
	family := "ip"
	switch e.Network[len(e.Network)-1] {
	case '4':
		family = "ip4"
	case '6':
		family = "ip6"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, family, e.host)
	if err != nil {
		return nil, err
	}
	addrs := make([]Sockaddr, len(ips))
	for i, ip := range ips {
		addrs[i] = Inet(netip.AddrPortFrom(ip.Unmap(), e.port))
	}
	return addrs, nil
}

// URL is an address of the endpoint's transport, as ParseEndpoint reads it.
func (e Endpoint) URL(sa Sockaddr) string {
	place := sa.String()
	if relative, ok := strings.CutPrefix(place, "unix:"); ok {
		place = relative
	} else if numbers, ok := strings.CutPrefix(place, "vsock:"); ok {
		place = "//" + numbers
	} else if place != "" && place[0] != '@' {
		place = "//" + place
	}
	return e.Network + ":" + place
}

// Records tells whether the transport keeps the boundaries of what is sent.
func (e Endpoint) Records() bool { return e.Type != SOCK_STREAM }

// Datagram tells whether the transport has no connections.
func (e Endpoint) Datagram() bool { return e.Type == SOCK_DGRAM }
