package sock

import (
	"errors"
	"fmt"
	"strings"
)

func init() {
	transports = append(transports,
		transport{"mptcp", SOCK_STREAM, IPPROTO_MPTCP, (*Endpoint).setHost},
		transport{"vsock", SOCK_STREAM, 0, (*Endpoint).setVsock})
}

// Names in addresses of AF_VSOCK, as vsock(7) has them. C writes -1U for the wildcards; systemd leaves the CID out.
var (
	vsockCIDs = map[string]uint32{
		"": VMADDR_CID_ANY, "*": VMADDR_CID_ANY, "any": VMADDR_CID_ANY, "-1": VMADDR_CID_ANY, "-1u": VMADDR_CID_ANY,
		"hypervisor": VMADDR_CID_HYPERVISOR, "local": VMADDR_CID_LOCAL, "host": VMADDR_CID_HOST,
	}
	vsockPorts = map[string]uint32{"*": VMADDR_PORT_ANY, "any": VMADDR_PORT_ANY, "-1": VMADDR_PORT_ANY, "-1u": VMADDR_PORT_ANY}
)

// setVsock takes CID:PORT.
func (e *Endpoint) setVsock(place string) error {
	first, second, ok := strings.Cut(authority(place), ":")
	if !ok || second == "" {
		return errors.New("the port is missing: want vsock://CID:PORT")
	}
	cid, ok := parseVsock(first, vsockCIDs)
	if !ok {
		return fmt.Errorf("CID %q is neither a number below 2^32 nor any, hypervisor, local or host", first)
	}
	port, ok := parseVsock(second, vsockPorts)
	if !ok {
		return fmt.Errorf("port %q is neither a number below 2^32 nor any", second)
	}
	e.addr = VM(cid, port)
	return nil
}

func parseVsock(s string, names map[string]uint32) (n uint32, ok bool) {
	s = strings.ToLower(s)
	if n, ok = names[s]; ok {
		return n, true
	}
	n, err := parseUint32(s)
	return n, err == nil
}
