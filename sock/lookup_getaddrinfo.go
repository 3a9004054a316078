//go:build unix

package sock

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Flags of getaddrinfo(3), numbered as on Linux: they never reach a kernel.
const (
	AI_PASSIVE     = 0x1   // without a node, return the wildcard addresses to bind to, not the loopback ones
	AI_CANONNAME   = 0x2   // return the canonical name of the node if DNS has it
	AI_NUMERICHOST = 0x4   // the node is an address: no look-up
	AI_V4MAPPED    = 0x8   // with AF_INET6: return IPv4-mapped addresses if there are no others
	AI_ALL         = 0x10  // with AI_V4MAPPED: return both
	AI_ADDRCONFIG  = 0x20  // only families of which the host has an address other than loopback
	AI_NUMERICSERV = 0x400 // the service is a port number
)

const addrinfoFlags = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV

// AddrinfoHints limits what Getaddrinfo looks for: getaddrinfo(3). Zero fields mean no preference.
type AddrinfoHints struct {
	Flags, Family, Socktype, Protocol int
}

// Addrinfo is an address, and the arguments of Socket that go with it: getaddrinfo(3). If AI_CANONNAME is set,
// Canonname is in the first of a list.
type Addrinfo struct {
	Family, Socktype, Protocol int
	Addr                       Sockaddr
	Canonname                  string
}

// Getaddrinfo looks up a host and a service, with net.DefaultResolver: getaddrinfo(3). "" is C's NULL. The list has
// the addresses in the order to try them, each once for every type of socket: stream, datagram, raw. errors.Is finds
// a GaiError in an error. A port above 65535 is EAI_SERVICE, or EAI_NONAME with AI_NUMERICSERV. No server is asked for
// localhost: RFC 6761.
//
// As in C, a thread that was moved to another network namespace asks from there; the servers are those of
// resolv.conf(5), after hosts(5). For other sources, look up before the move, or run the whole process in that
// namespace: network_namespaces(7).
func Getaddrinfo(ctx context.Context, node, service string, hints AddrinfoHints) ([]Addrinfo, error) {
	if err := hints.check(node, service); err != nil {
		return nil, err
	}
	if err := hints.configured(); err != nil {
		return nil, err
	}
	sockets, err := hints.sockets(ctx, service)
	if err != nil {
		return nil, err
	}
	addrs, err := hints.addrs(ctx, node)
	if err != nil {
		return nil, err
	}
	list := make([]Addrinfo, 0, len(addrs)*len(sockets))
	for _, addr := range addrs {
		for _, s := range sockets {
			sa := Inet(netip.AddrPortFrom(addr, s.port))
			if sa.IsZero() {
				return nil, EAI_NONAME // the zone is not an interface
			}
			list = append(list, Addrinfo{sa.Family(), s.socktype, s.protocol, sa, ""})
		}
	}
	if hints.Flags&AI_CANONNAME != 0 {
		list[0].Canonname = canonname(ctx, node)
	}
	return list, nil
}

func (h *AddrinfoHints) check(node, service string) error {
	switch {
	case node == "" && service == "":
		return EAI_NONAME
	case h.Flags&^addrinfoFlags != 0, node == "" && h.Flags&AI_CANONNAME != 0:
		return EAI_BADFLAGS
	case h.Family != unix.AF_UNSPEC && h.Family != unix.AF_INET && h.Family != unix.AF_INET6:
		return EAI_FAMILY
	}
	return nil
}

// configured implements AI_ADDRCONFIG: it limits the family to those that the host has.
func (h *AddrinfoHints) configured() error {
	if h.Flags&AI_ADDRCONFIG == 0 {
		return nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // as in C where netlink(7) is refused: any family may be configured
	}
	has := map[int]bool{}
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() {
			has[familyOf(ip.IP.To4() != nil)] = true
		}
	}
	switch {
	case h.Family != unix.AF_UNSPEC && !has[h.Family]:
		return EAI_NONAME
	case h.Family == unix.AF_UNSPEC && len(has) == 1:
		h.Family = familyOf(has[unix.AF_INET])
	}
	return nil
}

func familyOf(is4 bool) int {
	if is4 {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// addrs returns the addresses of a node, in order.
func (h *AddrinfoHints) addrs(ctx context.Context, node string) ([]netip.Addr, error) {
	if node == "" {
		return h.ownAddrs(), nil
	}
	addr, ok := InetAton(node)
	if !ok {
		var err error
		addr, err = netip.ParseAddr(node)
		ok = err == nil
	}
	switch {
	case ok:
		all, err := h.ofFamily(addr)
		if err == nil && hasInterfaceName(addr) && !addr.IsLinkLocalUnicast() && !addr.IsLinkLocalMulticast() {
			return nil, EAI_NONAME // C looks up the name of a link-local address's zone only
		}
		return all, err
	case h.Flags&AI_NUMERICHOST != 0:
		return nil, EAI_NONAME
	}
	return h.lookup(ctx, node)
}

// hasInterfaceName reports whether an address has a zone that isn't a number.
func hasInterfaceName(addr netip.Addr) bool {
	_, err := strconv.ParseUint(addr.Zone(), 10, 32)
	return addr.Zone() != "" && err != nil
}

// ownAddrs returns the local addresses to connect or to bind to.
func (h *AddrinfoHints) ownAddrs() []netip.Addr {
	all := []netip.Addr{loopback6, loopback4}
	if h.Flags&AI_PASSIVE != 0 {
		all = []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	}
	if h.Family == unix.AF_UNSPEC {
		return all
	}
	if all[0].Is4() == (h.Family == unix.AF_INET) {
		return all[:1]
	}
	return all[1:]
}

// ofFamily converts a numeric address to the requested family.
func (h *AddrinfoHints) ofFamily(addr netip.Addr) ([]netip.Addr, error) {
	switch {
	case h.Family == unix.AF_INET && addr.Is4In6():
		addr = addr.Unmap()
	case h.Family == unix.AF_INET6 && addr.Is4() && h.Flags&AI_V4MAPPED != 0:
		addr = netip.AddrFrom16(addr.As16())
	case h.Family != unix.AF_UNSPEC && h.Family != familyOf(addr.Is4()):
		return nil, EAI_ADDRFAMILY
	}
	return []netip.Addr{addr}, nil
}

// lookup queries the resolver.
func (h *AddrinfoHints) lookup(ctx context.Context, node string) ([]netip.Addr, error) {
	family := h.Family
	mapped := family == unix.AF_INET6 && h.Flags&AI_V4MAPPED != 0
	if mapped {
		family = unix.AF_UNSPEC
	}
	found, err := lookupIP(ctx, nil, family, node)
	if err != nil {
		return nil, lookupError(err)
	}
	var addrs, v4 []netip.Addr
	for _, addr := range found {
		if mapped && addr.Is4() {
			v4 = append(v4, netip.AddrFrom16(addr.As16()))
		} else {
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) == 0 || h.Flags&AI_ALL != 0 {
		addrs = append(addrs, v4...)
	}
	return addrs, nil
}

// canonname returns the canonical name of a node, or the node itself if it is an address or unknown to DNS.
func canonname(ctx context.Context, node string) string {
	if _, err := netip.ParseAddr(node); err == nil {
		return node
	}
	if _, ok := InetAton(node); ok {
		return node
	}
	name, err := lookupCNAME(ctx, node)
	if err != nil {
		return node
	}
	return strings.TrimSuffix(name, ".")
}
