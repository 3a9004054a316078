//go:build unix

package sock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

// resolverNetworks maps address families to net.Resolver's names.
var resolverNetworks = map[int]string{unix.AF_UNSPEC: "ip", unix.AF_INET: "ip4", unix.AF_INET6: "ip6"}

// lookupIP returns the addresses of a host, in the order to try them. None is IPv4-mapped. The
// resolver is the caller's, or nil.
func lookupIP(ctx context.Context, resolver *net.Resolver, family int, host string) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, lookupEnded(host, err) // package net would still query
	}
	if isLocalhost(host) {
		return lookupLocalhost(ctx, family, host)
	}
	lookup := func(r *net.Resolver) ([]netip.Addr, error) { return lookupNetIP(ctx, r, family, host) }
	if resolver != nil {
		return lookup(resolver)
	}
	addrs, err := ask(lookup)
	return addrs, explain(err)
}

// lookupNetIP is LookupNetIP with the zones of link-local addresses, which hosts(5) may have and LookupNetIP drops.
func lookupNetIP(ctx context.Context, r *net.Resolver, family int, host string) ([]netip.Addr, error) {
	addrs, err := r.LookupNetIP(ctx, resolverNetworks[family], host)
	for i, addr := range addrs {
		addrs[i] = addr.Unmap()
	}
	if err != nil || !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }) {
		return addrs, err
	}
	zoned, _ := r.LookupIPAddr(ctx, host) // without them, the addresses are still those of the host
	for _, z := range zoned {
		addr, _ := netip.AddrFromSlice(z.IP)
		i := slices.Index(addrs, addr)
		if _, isInterface := scopeID(z.Zone); i >= 0 && isInterface {
			addrs[i] = addr.WithZone(z.Zone)
		}
	}
	return addrs, nil
}

// lookupCNAME returns the canonical name of a host.
func lookupCNAME(ctx context.Context, host string) (string, error) {
	if isLocalhost(host) {
		return host, nil
	}
	return ask(func(r *net.Resolver) (string, error) { return r.LookupCNAME(ctx, host) })
}

// lookupAddr returns the names of an address. No name server is asked for the two addresses of localhost: RFC 6303.
func lookupAddr(ctx context.Context, addr netip.Addr) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, lookupEnded(addr.String(), err)
	}
	if addr == loopback4 || addr == loopback6 {
		names, err := hostsFile.LookupAddr(ctx, addr.String())
		if err != nil && ctx.Err() == nil {
			return []string{"localhost"}, nil
		}
		return names, err
	}
	names, err := ask(func(r *net.Resolver) ([]string, error) { return r.LookupAddr(ctx, addr.String()) })
	return names, explain(err)
}

// lookupEnded returns the error of a look-up whose context has ended. As a net.Error it reports a timeout.
func lookupEnded(name string, err error) error {
	return &net.DNSError{Err: err.Error(), Name: name, IsTimeout: errors.Is(err, context.DeadlineExceeded), UnwrapErr: err}
}

// explain adds to a resolver's error that no name servers are configured: resolv.conf(5).
func explain(err error) error {
	var dns *net.DNSError
	if !errors.As(err, &dns) || dns.Server == "" {
		return err
	}
	if _, missing := os.Stat("/etc/resolv.conf"); errors.Is(missing, fs.ErrNotExist) {
		return fmt.Errorf("%w (there is no /etc/resolv.conf)", err)
	}
	return err
}

var loopback4, loopback6 = netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()

// hostsFile looks up names only in hosts(5): it reaches no name server.
var hostsFile = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no server is asked")
}}

// isLocalhost reports whether a name always means the local host: RFC 6761.
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// lookupLocalhost returns the addresses of a localhost name: those in hosts(5), or the loopback addresses.
func lookupLocalhost(ctx context.Context, family int, host string) ([]netip.Addr, error) {
	found, err := lookupNetIP(ctx, hostsFile, family, host)
	switch {
	case err == nil:
		return found, nil
	case ctx.Err() != nil:
		return nil, err
	}
	return loopbacks(family), nil
}

// loopbacks returns the loopback addresses of a family, in the order of RFC 6724. For AF_UNSPEC it returns those that
// the host has, or all if it has none, so that connect(2) reports the error.
func loopbacks(family int) []netip.Addr {
	switch family {
	case unix.AF_INET:
		return []netip.Addr{loopback4}
	case unix.AF_INET6:
		return []netip.Addr{loopback6}
	}
	own, _ := net.InterfaceAddrs()
	all := []netip.Addr{loopback6, loopback4}
	isMissing := func(addr netip.Addr) bool {
		return !slices.ContainsFunc(own, func(a net.Addr) bool {
			ip, ok := a.(*net.IPNet)
			return ok && ip.IP.Equal(addr.AsSlice())
		})
	}
	if has := slices.DeleteFunc(slices.Clone(all), isMissing); len(has) > 0 {
		return has
	}
	return all
}

// smallServices are the services of RFC 862 to 868, for systems without services(5).
// Package net knows other common ones.
var smallServices = map[string]int{"echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "time": 37}

// lookupService returns the port of a TCP or UDP service: getservbyname(3).
func lookupService(ctx context.Context, network, service string) (port uint16, err error) {
	if !strings.ContainsFunc(service, unicode.IsLetter) {
		return 0, errors.New("a number is not a service's name") // package net accepts "+80" and " 80"
	}
	n, err := net.DefaultResolver.LookupPort(ctx, network, service)
	if small, ok := smallServices[service]; ok && err != nil {
		return uint16(small), nil
	}
	return uint16(n), err
}
