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

// resolverNetworks are a net.Resolver's names of address families.
var resolverNetworks = map[int]string{unix.AF_UNSPEC: "ip", unix.AF_INET: "ip4", unix.AF_INET6: "ip6"}

// lookupIP finds the addresses of a host, in the order to try them. Each is IPv4 or IPv6, none is mapped.
func lookupIP(ctx context.Context, family int, host string) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lookup %s: %w", host, err) // package net would still ask
	}
	if isLocalhost(host) {
		return lookupLocalhost(ctx, family, host)
	}
	addrs, err := ask(func(r *net.Resolver) ([]netip.Addr, error) {
		return r.LookupNetIP(ctx, resolverNetworks[family], host)
	})
	for i, addr := range addrs {
		addrs[i] = addr.Unmap()
	}
	return addrs, explain(err)
}

// lookupCNAME finds the canonical name of a host.
func lookupCNAME(ctx context.Context, host string) (string, error) {
	if isLocalhost(host) {
		return host, nil
	}
	return ask(func(r *net.Resolver) (string, error) { return r.LookupCNAME(ctx, host) })
}

// lookupAddr finds the names of an address. Like localhost, its two addresses are no matter for a server: RFC 6303.
func lookupAddr(ctx context.Context, addr netip.Addr) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lookup %v: %w", addr, err)
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

// explain adds to an error of a resolver that this machine doesn't say which servers to ask: resolv.conf(5).
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

// hostsFile looks up names in hosts(5) alone: it reaches no server.
var hostsFile = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no server is asked")
}}

// isLocalhost tells whether a name is this machine's wherever it is looked up: RFC 6761.
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// lookupLocalhost finds the addresses of a localhost name: those that hosts(5) has, or the loopback addresses.
func lookupLocalhost(ctx context.Context, family int, host string) ([]netip.Addr, error) {
	found, err := hostsFile.LookupNetIP(ctx, resolverNetworks[family], host)
	switch {
	case err == nil:
		for i, addr := range found {
			found[i] = addr.Unmap()
		}
		return found, nil
	case ctx.Err() != nil:
		return nil, err
	}
	return loopbacks(family), nil
}

// loopbacks are the loopback addresses of a family, in the order of RFC 6724. Of both families, those that this machine
// has; if it shows none, all, so that connect(2) tells what is wrong.
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

// smallServices are the services of RFC 862 to 868, for a machine without services(5). Package net knows other common ones.
var smallServices = map[string]int{"echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "time": 37}

// lookupService finds the port of a service of TCP or UDP: getservbyname(3).
func lookupService(ctx context.Context, network, service string) (port uint16, err error) {
	if !strings.ContainsFunc(service, unicode.IsLetter) {
		return 0, errors.New("a number is not a service's name") // package net takes "+80" and " 80"
	}
	n, err := net.DefaultResolver.LookupPort(ctx, network, service)
	if small, ok := smallServices[service]; ok && err != nil {
		return uint16(small), nil
	}
	return uint16(n), err
}
