//go:build unix

package sock

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Flags of getnameinfo(3), numbered as on Linux: they never reach a kernel.
const (
	NI_NUMERICHOST = 0x1  // the address as it is, without asking anybody
	NI_NUMERICSERV = 0x2  // the port as it is
	NI_NOFQDN      = 0x4  // of hosts in this machine's own domain the name alone
	NI_NAMEREQD    = 0x8  // a host without a name is EAI_NONAME
	NI_DGRAM       = 0x10 // the service of UDP, where TCP's is another
)

const nameinfoFlags = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM

// Getnameinfo finds the names of an address's host and service, with net.DefaultResolver: getnameinfo(3).
// Without a name they are numeric. Errors are GaiErrors to errors.Is: EAI_FAMILY is for what is neither AF_INET nor
// AF_INET6. Anybody can give his address the name of another's host: it proves nothing.
func Getnameinfo(ctx context.Context, sa Sockaddr, flags int) (host, service string, err error) {
	ap := sa.AddrPort()
	switch {
	case flags&^nameinfoFlags != 0:
		return "", "", EAI_BADFLAGS
	case !ap.IsValid():
		return "", "", EAI_FAMILY
	}
	if host, err = hostName(ctx, ap.Addr(), flags); err != nil {
		return "", "", err
	}
	return host, serviceName(ap.Port(), flags), nil
}

func hostName(ctx context.Context, addr netip.Addr, flags int) (string, error) {
	if flags&NI_NUMERICHOST == 0 {
		names, err := lookupAddr(ctx, addr.Unmap())
		if len(names) > 0 {
			return withoutDomain(strings.TrimSuffix(names[0], "."), flags), nil
		}
		if err = lookupError(err); errors.Is(err, EAI_AGAIN) {
			return "", err
		}
	}
	if flags&NI_NAMEREQD != 0 {
		return "", EAI_NONAME
	}
	return numericHost(addr), nil
}

// withoutDomain heeds NI_NOFQDN.
func withoutDomain(name string, flags int) string {
	self, err := os.Hostname()
	_, domain, ok := strings.Cut(self, ".")
	if flags&NI_NOFQDN == 0 || err != nil || !ok {
		return name
	}
	return strings.TrimSuffix(name, "."+domain)
}

// numericHost is an address; a zone of one link is the interface's name.
func numericHost(addr netip.Addr) string {
	index, err := strconv.Atoi(addr.Zone())
	if err != nil || !addr.IsLinkLocalUnicast() && !addr.IsLinkLocalMulticast() {
		return addr.String()
	}
	if name, err := IfIndextoname(index); err == nil {
		addr = addr.WithZone(name)
	}
	return addr.String()
}

// serviceName finds a port in services(5), as getservbyport(3) does.
func serviceName(port uint16, flags int) string {
	number := strconv.Itoa(int(port))
	if flags&NI_NUMERICSERV != 0 {
		return number
	}
	network := "/tcp"
	if flags&NI_DGRAM != 0 {
		network = "/udp"
	}
	text, _ := os.ReadFile("/etc/services")
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == number+network {
			return fields[0]
		}
	}
	return number
}
