//go:build unix

package sock

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// String returns the address as a person types it: 127.0.0.1:80, [fe80::1%2]:80, /run/x, @name for an abstract name,
// vsock:2:1024. A family without such a form is raw:FAMILY:HEX, and no address is "". ParseSockaddr reads all of
// these. In paths and names, control characters and bytes that are not UTF-8 are written as %XX.
func (sa Sockaddr) String() string {
	if sa.IsZero() {
		return ""
	}
	// If the form omits a part of this address, it can't be used.
	if text, same := sa.text(); same == sa {
		return text
	}
	return fmt.Sprintf("raw:%d:%x", sa.Family(), sa.bytes()[min(familySize, sa.length):])
}

// text returns the address in its family's form, and the address that this form means.
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

// Network returns the name of the address family, for net.Addr.
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

// ParseSockaddr parses an address that String printed, or a URL as ParseEndpoint does: tcp://127.0.0.1:80,
// udp6://[::1]:53, unix:///run/x, unixpacket:@name, vsock://2:1024. It takes only the address of a URL, not the type
// of socket. Hosts must be addresses; zones and ports may be names. What follows "unix://" is a path, whatever it
// begins with.
func ParseSockaddr(s string) (Sockaddr, error) {
	sa, err := parseSockaddr(s)
	if err != nil {
		return Sockaddr{}, &ParseError{Text: s, Err: err, what: "address "}
	}
	return sa, nil
}

func parseSockaddr(s string) (Sockaddr, error) {
	scheme, rest, _ := strings.Cut(s, ":")
	switch {
	case s == "unspec":
		return Unspec(), nil
	case s == "unix:":
		return Unnamed(), nil
	case scheme == "raw":
		return parseRaw(rest)
	}
	if sa, err := parseLinux(scheme, strings.TrimPrefix(rest, "//")); err != errNotLinux {
		return sa, err
	}
	e, err := parseEndpoint(s)
	if err == nil && e.addr.IsZero() {
		return Sockaddr{}, fmt.Errorf("host %q is not an IP address, and names are not looked up here", e.host)
	}
	return e.addr, err
}

func parseRaw(s string) (Sockaddr, error) {
	family, text, _ := strings.Cut(s, ":")
	number, err := parseUint32(family)
	data, hexErr := hex.DecodeString(text)
	if err != nil || hexErr != nil || number > maxFamily {
		return Sockaddr{}, errors.New("want raw:FAMILY:HEX")
	}
	sa, err := Raw(int(number), data)
	if err != nil {
		return Sockaddr{}, errors.New("it is longer than any socket address")
	}
	return sa, nil
}

// parseUint32 parses a number, decimal, or hexadecimal after 0x.
func parseUint32(s string) (uint32, error) {
	base := 10
	if digits, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		s, base = digits, 16
	}
	n, err := strconv.ParseUint(s, base, 32)
	return uint32(n), err
}
