//go:build unix

package sock

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// setHostURL parses the part after a scheme: HOST:PORT, whose zone may be escaped.
func (e *Endpoint) setHostURL(place string) error { return e.setHost(unescapeZone(authority(place))) }

// setHost parses HOST:PORT, or [HOST]:PORT for IPv6, with "?flowinfo=NUMBER" as String prints it.
func (e *Endpoint) setHost(place string) error {
	text, query, hasQuery := strings.Cut(place, "?")
	host, service, err := splitHostPort(text)
	if err != nil {
		return err
	}
	if e.port, err = e.parsePort(service); err != nil {
		return err
	}
	e.every = host == "" || host == "*"
	addr, isAddr, err := e.parseHost(host)
	switch {
	case err != nil:
		return err
	case hasQuery && !addr.Is6():
		return errors.New("a query has no meaning here: want HOST:PORT alone")
	case !isAddr:
		e.host = host
		return nil
	}
	flow, err := parseFlow(query, hasQuery)
	if err != nil {
		return err
	}
	if e.addr = InetFlow(netip.AddrPortFrom(addr, e.port), flow); e.addr.IsZero() {
		if _, err := IfNametoindex(addr.Zone()); err != nil && err != ENODEV {
			return fmt.Errorf("interface %q: %w", addr.Zone(), err)
		}
		return fmt.Errorf("no interface is called %q", addr.Zone())
	}
	return nil
}

// splitHostPort splits at the last colon. The host keeps its brackets.
func splitHostPort(text string) (host, port string, err error) {
	for _, extra := range []struct{ sign, what string }{{"@", "a user"}, {"#", "a fragment"}, {"/", "a path"}} {
		if strings.Contains(text, extra.sign) {
			return "", "", fmt.Errorf("%s has no meaning here: want HOST:PORT alone", extra.what)
		}
	}
	bracket := strings.LastIndexByte(text, ']') + 1
	host, port, ok := strings.Cut(text[bracket:], ":")
	switch {
	case text == "":
		return "", "", errors.New("the host and the port are missing: want HOST:PORT")
	case bracket == 0 && text[0] == '[', bracket > 0 && (text[0] != '[' || host != ""):
		return "", "", errors.New("the brackets are wrong: want [HOST]:PORT")
	case strings.Contains(port, ":"):
		return "", "", errors.New("too many colons: want HOST:PORT, with an IPv6 address in brackets, as in [::1]:80")
	case !ok && isNumber(text):
		return "", "", fmt.Errorf("the host is missing: want HOST:%s, or :%[1]s for every address of this machine", text)
	case port == "":
		return "", "", fmt.Errorf("the port is missing: want %s:PORT", text[:bracket]+host)
	}
	return text[:bracket] + host, port, nil
}

// parsePort parses a port number, or looks up the name of a service of the transport.
func (e *Endpoint) parsePort(service string) (port uint16, err error) {
	if port, numeric := parseService(service); numeric {
		return port, nil
	}
	network := "tcp"
	if e.Datagram() {
		network = "udp"
	}
	port, err = lookupService(context.Background(), network, service)
	switch {
	case isNumber(service):
		return 0, fmt.Errorf("port %s is out of range: want 0 to 65535", service)
	case err != nil:
		return 0, fmt.Errorf("port %q is neither a number nor the name of a service of %s", service, network)
	}
	return port, nil
}

// parseHost parses an address, or reports that host is a name.
func (e *Endpoint) parseHost(host string) (addr netip.Addr, isAddr bool, err error) {
	inner, bracketed := strings.CutPrefix(host, "[")
	switch {
	case e.every:
		return e.wildcard(), true, nil
	case bracketed:
		addr, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		isAddr = true
	default:
		addr, isAddr = InetAton(host)
	}
	switch {
	case err != nil || bracketed && !addr.Is6():
		return addr, false, fmt.Errorf("%s: only an IPv6 address is written in brackets", host)
	case isAddr && e.Family != AF_UNSPEC && e.Family != familyOf(addr.Is4()):
		return addr, false, fmt.Errorf("%s is an address of another family: %s takes IPv%s only", host, e.Network, e.Network[len(e.Network)-1:])
	case !isAddr:
		err = checkName(host)
	}
	return addr, isAddr, err
}

// wildcard returns the address that means every local address of the transport's families.
func (e *Endpoint) wildcard() netip.Addr {
	if e.Family == AF_INET {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// checkName returns an error if host can't be a host name.
func checkName(host string) error {
	if isNumber(host[strings.LastIndexByte(host, '.')+1:]) {
		return fmt.Errorf("host %q is neither an IPv4 address nor a name", host)
	}
	for _, c := range host {
		switch {
		case c >= 0x80:
			return fmt.Errorf("host %q is not ASCII: want its form in DNS, which begins with xn--", host)
		case c <= ' ' || strings.ContainsRune(`%[]\"`, c):
			return fmt.Errorf("host %q contains %q: want HOST:PORT", host, c)
		}
	}
	return nil
}

// parseFlow parses the query of an address, which is flow information. It returns 0 if the address has no query.
func parseFlow(query string, ok bool) (uint32, error) {
	if !ok {
		return 0, nil
	}
	value, ok := strings.CutPrefix(query, "flowinfo=")
	flow, err := parseUint32(value)
	if err != nil || !ok {
		return 0, fmt.Errorf("%q is not flow information: want ?flowinfo=NUMBER", query)
	}
	return flow, nil
}

// isNumber reports whether s consists of digits.
func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// escapedPercent is the % before a zone in a URL: RFC 6874.
const escapedPercent = "%25"

// unescapeZone decodes the zone in a URL. A bare %, which is common, is left as it is.
func unescapeZone(place string) string {
	begin := strings.Index(place, escapedPercent)
	end := strings.IndexByte(place, ']')
	if begin < 0 || begin+len(escapedPercent) >= end {
		return place
	}
	return place[:begin] + "%" + unescape(place[begin+len(escapedPercent):end]) + place[end:]
}

// escapeZone escapes an address so that unescapeZone restores its zone. Only a zone that begins with 25 needs this.
func escapeZone(place string) string {
	return strings.Replace(place, escapedPercent, escapedPercent+"25", 1)
}
