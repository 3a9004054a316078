//go:build unix

// Package endpoint reads the addresses that the commands take: URLs of a transport and a place, tcp://127.0.0.1:6543.
package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"example.com/berkeley/sock"
)

// Endpoint is a transport and a place, with hosts not yet looked up.
type Endpoint struct {
	Network string        // the URL's scheme: tcp, udp6, unixpacket
	Type    int           // SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
	addr    sock.Sockaddr // the place, where it needs no look-up
	host    string
	port    uint16
}

// types has the socket type of each scheme.
var types = map[string]int{
	"tcp":        sock.SOCK_STREAM,
	"tcp4":       sock.SOCK_STREAM,
	"tcp6":       sock.SOCK_STREAM,
	"udp":        sock.SOCK_DGRAM,
	"udp4":       sock.SOCK_DGRAM,
	"udp6":       sock.SOCK_DGRAM,
	"unix":       sock.SOCK_STREAM,
	"unixgram":   sock.SOCK_DGRAM,
	"unixpacket": sock.SOCK_SEQPACKET,
}

// Parse reads an endpoint: SCHEME://HOST:PORT, unix:///PATH, unix:@ABSTRACT; or without a scheme HOST:PORT for TCP and
// /PATH, ./PATH or @ABSTRACT for a unix stream. Its errors begin with what was given.
func Parse(s string) (Endpoint, error) {
	e, err := parse(s)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q: %w", s, err)
	}
	return e, nil
}

func parse(s string) (Endpoint, error) {
	network, place, ok := strings.Cut(s, ":")
	typ, known := types[network]
	switch {
	case s == "":
		return Endpoint{}, errors.New("the address is empty")
	case ok && known:
	case strings.Contains(s, "://"):
		return Endpoint{}, fmt.Errorf("no transport is called %s", network)
	case s[0] == '/' || s[0] == '@' || s[0] == '.':
		network, typ, place = "unix", sock.SOCK_STREAM, s
	default:
		network, typ, place = "tcp", sock.SOCK_STREAM, s
	}
	e := Endpoint{Network: network, Type: typ}
	if strings.HasPrefix(network, "unix") {
		return e, e.setAddr(place)
	}
	return e, e.setHost(strings.TrimPrefix(place, "//"))
}

// setAddr takes a place that needs no look-up.
func (e *Endpoint) setAddr(place string) error {
	sa, err := sock.ParseSockaddr(e.Network + ":" + place)
	switch {
	case err != nil:
		return errors.Unwrap(err) // without the address, which Parse puts first
	case sa == sock.Unnamed():
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
	port, err := net.LookupPort(e.Network, service)
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
func (e Endpoint) Resolve(ctx context.Context) ([]sock.Sockaddr, error) {
	if !e.addr.IsZero() {
		return []sock.Sockaddr{e.addr}, nil
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
	addrs := make([]sock.Sockaddr, len(ips))
	for i, ip := range ips {
		addrs[i] = sock.Inet(netip.AddrPortFrom(ip.Unmap(), e.port))
	}
	return addrs, nil
}

// URL is an address of the endpoint's transport, as Parse reads it.
func (e Endpoint) URL(sa sock.Sockaddr) string {
	place := sa.String()
	if relative, ok := strings.CutPrefix(place, "unix:"); ok {
		place = relative
	} else if place != "" && place[0] != '@' {
		place = "//" + place
	}
	return e.Network + ":" + place
}

// Records tells whether the transport keeps the boundaries of what is sent.
func (e Endpoint) Records() bool { return e.Type != sock.SOCK_STREAM }

// Datagram tells whether the transport has no connections.
func (e Endpoint) Datagram() bool { return e.Type == sock.SOCK_DGRAM }
