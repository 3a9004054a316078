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
	NI_NUMERICHOST = 0x1  // the numeric address, without a look-up
	NI_NUMERICSERV = 0x2  // the numeric port
	NI_NOFQDN      = 0x4  // for hosts in the local domain, only the name without the domain
	NI_NAMEREQD    = 0x8  // return EAI_NONAME for a host without a name
	NI_DGRAM       = 0x10 // the UDP service, if it differs from TCP's
)

const nameinfoFlags = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM

// Getnameinfo looks up the names of the host and service of an address, with net.DefaultResolver: getnameinfo(3).
// Without a name, the result is numeric. errors.Is finds a GaiError in an error: EAI_FAMILY if the address is neither
// AF_INET nor AF_INET6. A name proves nothing: the owner of an address can give it the name of any host.
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

// withoutDomain implements NI_NOFQDN.
func withoutDomain(name string, flags int) string {
	self, err := os.Hostname()
	_, domain, ok := strings.Cut(self, ".")
	if flags&NI_NOFQDN == 0 || err != nil || !ok {
		return name
	}
	return strings.TrimSuffix(name, "."+domain)
}

// numericHost returns an address as text. The zone of a link-local address is the interface's name.
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

// serviceName looks up a port in services(5), as getservbyport(3) does.
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
