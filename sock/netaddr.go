//go:build unix

package sock

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// SockaddrOf converts an address of package net, such as a *net.TCPAddr, or a Sockaddr: sockaddr(3type). An address
// without an IP is the IPv6 wildcard, as in package net. It returns a *net.AddrError for an address that no socket
// has.
func SockaddrOf(addr net.Addr) (Sockaddr, error) {
	switch a := addr.(type) {
	case Sockaddr:
		return a, nil
	case *net.TCPAddr:
		if a != nil {
			return sockaddrIP(addr, a.IP, a.Port, a.Zone)
		}
	case *net.UDPAddr:
		if a != nil {
			return sockaddrIP(addr, a.IP, a.Port, a.Zone)
		}
	case *net.IPAddr:
		if a != nil {
			return sockaddrIP(addr, a.IP, 0, a.Zone)
		}
	case *net.UnixAddr:
		if a != nil {
			sa, err := sockaddrUnix(a.Name)
			if err != nil {
				err = &net.AddrError{Err: err.Error(), Addr: a.Name}
			}
			return sa, err
		}
	}
	return Sockaddr{}, &net.AddrError{Err: "no socket address", Addr: fmt.Sprint(addr)}
}

func sockaddrIP(addr net.Addr, ip net.IP, port int, zone string) (Sockaddr, error) {
	a, ok := netip.AddrFromSlice(ip)
	if len(ip) == 0 {
		a, ok = netip.IPv6Unspecified(), true
	}
	if a.Is4In6() {
		a = a.Unmap()
	}
	sa := Inet(netip.AddrPortFrom(a.WithZone(zone), uint16(port)))
	if !ok || port != int(uint16(port)) || sa.IsZero() {
		return Sockaddr{}, &net.AddrError{Err: "no socket address", Addr: addr.String()}
	}
	return sa, nil
}

// sockaddrUnix converts a path in package net's form: "@" begins an abstract name.
func sockaddrUnix(name string) (Sockaddr, error) {
	switch abstract, ok := strings.CutPrefix(name, "@"); {
	case name == "":
		return Unnamed(), nil
	case ok:
		return parseAbstract(abstract)
	}
	return Unix(name)
}

// addr returns an address of a socket of this kind in package net's type, or unchanged if package net has no such type.
func (k connKind) addr(sa Sockaddr) net.Addr {
	switch sa.Family() {
	case unix.AF_INET, unix.AF_INET6:
		return k.inetAddr(sa)
	case unix.AF_UNIX:
		return k.unixAddr(sa)
	}
	return sa
}

// wildcard returns the address of this kind that means no address.
func (k connKind) wildcard() net.Addr {
	switch k.domain {
	case unix.AF_INET:
		return k.addr(inet4([4]byte{}, 0))
	case unix.AF_INET6:
		return k.addr(inet6([16]byte{}, 0, 0, 0))
	case unix.AF_UNIX:
		return k.addr(Unnamed())
	}
	return Sockaddr{}
}

func (k connKind) inetAddr(sa Sockaddr) net.Addr {
	ap := sa.namedAddrPort()
	switch {
	case k.typ == unix.SOCK_STREAM && k.isTCP():
		return net.TCPAddrFromAddrPort(ap)
	case k.typ == unix.SOCK_DGRAM:
		return net.UDPAddrFromAddrPort(ap)
	case k.typ == unix.SOCK_RAW:
		return &net.IPAddr{IP: ap.Addr().AsSlice(), Zone: ap.Addr().Zone()}
	}
	return sa
}

// namedAddrPort is AddrPort with the name of a zone in place of its number, as in package net.
func (sa *Sockaddr) namedAddrPort() netip.AddrPort {
	ap := sa.addrPort()
	if zone := ap.Addr().Zone(); zone != "" {
		ap = netip.AddrPortFrom(ap.Addr().WithZone(interfaceName(zone)), ap.Port())
	}
	return ap
}

// interfaceName returns the name of a numeric zone, or the number if there is no such interface.
func interfaceName(zone string) string {
	index, err := strconv.Atoi(zone)
	if err != nil {
		return zone
	}
	name, err := IfIndextoname(index)
	if err != nil {
		return zone
	}
	return name
}

func (k connKind) unixAddr(sa Sockaddr) net.Addr {
	name := sa.Path()
	if name == "" && runtime.GOOS == "linux" { // abstract, or unnamed, which package net writes as "@"
		name = "@" + sa.Name()
	}
	return &net.UnixAddr{Name: name, Net: NetworkOf(unix.AF_UNIX, k.typ, 0)}
}
