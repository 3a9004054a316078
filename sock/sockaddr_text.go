//go:build unix

package sock

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// String is the address as a person types it: 127.0.0.1:80, [fe80::1%2]:80, /run/x, @name for an abstract name,
// vsock:2:1024. A family without such a form is raw:FAMILY:HEX, no address is "". ParseSockaddr reads them all.
// In paths and names, control characters and bytes that are no UTF-8 are written %XX.
func (sa Sockaddr) String() string {
	if sa.IsZero() {
		return ""
	}
	// A form that leaves something out is no form of this address.
	if text, same := sa.text(); same == sa {
		return text
	}
	return fmt.Sprintf("raw:%d:%x", sa.Family(), sa.bytes()[min(familySize, sa.length):])
}

// text is the address in its family's form, and the address that this form stands for.
func (sa Sockaddr) text() (string, Sockaddr) {
	switch {
	case sa.AddrPort().IsValid():
		ap, flow := sa.AddrPort(), sa.FlowInfo()
		text := ap.String()
		if flow != 0 {
			text += fmt.Sprintf("?flowinfo=%#x", flow)
		}
		return text, InetFlow(ap, flow)
	case sa == Unspec():
		return "unspec", sa
	case sa == Unnamed():
		return "unix:", sa
	case sa.Family() != unix.AF_UNIX:
		return sa.linuxText()
	case sa.isAbstract():
		same, _ := parseAbstract(sa.Name())
		return "@" + escape(sa.Name()), same
	}
	path := sa.Path()
	same, _ := Unix(path)
	if strings.HasPrefix(path, "/") {
		return escape(path), same
	}
	return "unix://" + escape(path), same
}

// Network names the address's family, for net.Addr.
func (sa Sockaddr) Network() string {
	switch sa.Family() {
	case unix.AF_INET:
		return "inet"
	case unix.AF_INET6:
		return "inet6"
	case unix.AF_UNIX:
		return "unix"
	case unix.AF_UNSPEC:
		return "unspec"
	}
	kind, _, _ := strings.Cut(sa.String(), ":")
	return kind
}

// ParseSockaddr reads an address that String printed, or a URL: tcp://127.0.0.1:80, udp6://[::1]:53, unix:///run/x,
// unix:@name, unixpacket:@name, vsock://2:1024. Of a URL it takes the address; the type of socket is the caller's.
// Hosts are numeric, zones may be names. After "unix://" comes a path, whatever it begins with. The error says what is wrong.
func ParseSockaddr(s string) (Sockaddr, error) {
	sa, err := parseSockaddr(s)
	if err != nil {
		return Sockaddr{}, fmt.Errorf("address %q: %w", s, err)
	}
	return sa, nil
}

func parseSockaddr(s string) (Sockaddr, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if ok && !strings.Contains(scheme, "/") {
		switch scheme {
		case "tcp", "udp", "mptcp":
			return parseInet(strings.TrimPrefix(rest, "//"), anyFamily)
		case "tcp4", "udp4":
			return parseInet(strings.TrimPrefix(rest, "//"), unix.AF_INET)
		case "tcp6", "udp6":
			return parseInet(strings.TrimPrefix(rest, "//"), unix.AF_INET6)
		case "unix", "unixgram", "unixpacket":
			return parseUnix(rest)
		case "raw":
			return parseRaw(rest)
		}
		if sa, err := parseLinux(scheme, strings.TrimPrefix(rest, "//")); err != errNotLinux {
			return sa, err
		}
	}
	switch {
	case s == "":
		return Sockaddr{}, errors.New("it is empty")
	case s == "unspec":
		return Unspec(), nil
	case s[0] == '@':
		return parseUnix(s)
	case s[0] == '/', strings.HasPrefix(s, "./"), strings.HasPrefix(s, "../"):
		return unixPathname(s)
	case strings.Contains(s, "://"):
		return Sockaddr{}, fmt.Errorf("no scheme is called %s", scheme)
	}
	return parseInet(s, anyFamily)
}

const anyFamily = -1

// parseInet reads HOST:PORT, with [HOST] for IPv6.
func parseInet(s string, family int) (Sockaddr, error) {
	s, query, hasFlow := strings.Cut(s, "?")
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return Sockaddr{}, errors.New("the port is missing")
	}
	host, bracketed := s[:colon], false
	if n := len(host); n >= 2 && host[0] == '[' && host[n-1] == ']' {
		host, bracketed = host[1:n-1], true
	}
	if host == "" {
		return Sockaddr{}, errors.New("the host is missing")
	}
	port, err := parsePort(s[colon+1:])
	if err != nil {
		return Sockaddr{}, err
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return Sockaddr{}, fmt.Errorf("host %q is no IP address", host)
	case addr.Is4() == bracketed:
		return Sockaddr{}, fmt.Errorf("host %q: brackets are for IPv6, which needs them", host)
	case family == unix.AF_INET && !addr.Is4(), family == unix.AF_INET6 && !addr.Is6():
		return Sockaddr{}, fmt.Errorf("host %q is of another family", host)
	}
	var flow uint32
	if hasFlow {
		value, ok := strings.CutPrefix(query, "flowinfo=")
		if flow, err = parseUint32(value); err != nil || !ok || addr.Is4() {
			return Sockaddr{}, fmt.Errorf("%q is no flow information of IPv6", query)
		}
	}
	sa := InetFlow(netip.AddrPortFrom(addr, port), flow)
	if sa.IsZero() {
		return Sockaddr{}, fmt.Errorf("zone %q is no interface here", addr.Zone())
	}
	return sa, nil
}

// parsePort reads a port number, 0 to 65535.
func parsePort(s string) (uint16, error) {
	port, err := strconv.ParseUint(s, 10, 16)
	switch {
	case s == "":
		return 0, errors.New("the port is missing")
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("port %s is out of range, 0 to 65535", s)
	case err != nil:
		return 0, fmt.Errorf("port %q is no number", s)
	}
	return uint16(port), nil
}

// parseUnix reads what follows "unix:", or an abstract name with its "@".
func parseUnix(s string) (Sockaddr, error) {
	if path, ok := strings.CutPrefix(s, "//"); ok {
		return unixPathname(path)
	}
	if name, ok := strings.CutPrefix(s, "@"); ok {
		return parseAbstract(unescape(name))
	}
	if s == "" {
		return Unnamed(), nil
	}
	return unixPathname(s)
}

func unixPathname(text string) (Sockaddr, error) {
	path := unescape(text)
	sa, err := Unix(path)
	switch {
	case path == "":
		return Sockaddr{}, errors.New("the path is missing")
	case len(path) > unixPathMax:
		return Sockaddr{}, fmt.Errorf("the path has %d bytes, more than the %d of a socket's", len(path), unixPathMax)
	case err != nil:
		return Sockaddr{}, errors.New("a path can't hold a NUL")
	}
	return sa, nil
}

func parseRaw(s string) (Sockaddr, error) {
	family, text, _ := strings.Cut(s, ":")
	number, err := parseUint32(family)
	data, hexErr := hex.DecodeString(text)
	if err != nil || hexErr != nil || number > maxFamily {
		return Sockaddr{}, errors.New("not raw:FAMILY:HEX")
	}
	sa, err := Raw(int(number), data)
	if err != nil {
		return Sockaddr{}, errors.New("longer than any socket address")
	}
	return sa, nil
}

// parseUint32 reads a number, decimal or 0x and hexadecimal.
func parseUint32(s string) (uint32, error) {
	base := 10
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		s, base = digits, 16
	}
	n, err := strconv.ParseUint(s, base, 32)
	return uint32(n), err
}
