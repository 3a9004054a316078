//go:build unix

package sock

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// SockaddrOf makes a Sockaddr of an address of package net, *net.TCPAddr for example, or of a Sockaddr: sockaddr(3type).
// An address without an IP is the IPv6 wildcard, as package net has it. A *net.AddrError means that it is no socket's.
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
			return sockaddrUnix(a.Name)
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

// sockaddrUnix reads a path as package net writes it: "@" begins an abstract name.
func sockaddrUnix(name string) (Sockaddr, error) {
	switch abstract, ok := strings.CutPrefix(name, "@"); {
	case name == "":
		return Unnamed(), nil
	case ok:
		return parseAbstract(abstract)
	}
	return Unix(name)
}

// addr is an address of a socket of this kind, in package net's type for it, or as it is where there is none.
func (k connKind) addr(sa Sockaddr) net.Addr {
	switch sa.Family() {
	case unix.AF_INET, unix.AF_INET6:
		return k.inetAddr(sa)
	case unix.AF_UNIX:
		return k.unixAddr(sa)
	}
	return sa
}

func (k connKind) inetAddr(sa Sockaddr) net.Addr {
	ap := sa.AddrPort()
	addr := ap.Addr()
	if addr.Zone() != "" {
		addr = addr.WithZone(interfaceName(addr.Zone()))
		ap = netip.AddrPortFrom(addr, ap.Port())
	}
	switch {
	case k.typ == unix.SOCK_STREAM && k.isTCP():
		return net.TCPAddrFromAddrPort(ap)
	case k.typ == unix.SOCK_DGRAM:
		return net.UDPAddrFromAddrPort(ap)
	case k.typ == unix.SOCK_RAW:
		return &net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}
	}
	return sa
}

// interfaceName is the name of a numeric zone, or the number where there is no such interface.
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
	if sa.isAbstract() {
		name = "@" + sa.Name()
	}
	network := map[int]string{unix.SOCK_STREAM: "unix", unix.SOCK_DGRAM: "unixgram", unix.SOCK_SEQPACKET: "unixpacket"}[k.typ]
	return &net.UnixAddr{Name: name, Net: network}
}
