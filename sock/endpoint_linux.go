package sock

import (
	"errors"
	"fmt"
	"strings"
)

func init() {
	transports = append(transports,
		transport{"mptcp", AF_UNSPEC, SOCK_STREAM, IPPROTO_MPTCP, (*Endpoint).setHostURL, (*Endpoint).setHostNet},
		transport{"vsock", AF_VSOCK, SOCK_STREAM, 0, (*Endpoint).setVsock, (*Endpoint).setVsock})
}

// Names in AF_VSOCK addresses: vsock(7). C writes -1U for the wildcards; systemd omits the CID.
var (
	vsockCIDs = map[string]uint32{
		"": VMADDR_CID_ANY, "*": VMADDR_CID_ANY, "any": VMADDR_CID_ANY, "-1": VMADDR_CID_ANY, "-1u": VMADDR_CID_ANY,
		"hypervisor": VMADDR_CID_HYPERVISOR, "local": VMADDR_CID_LOCAL, "host": VMADDR_CID_HOST,
	}
	vsockPorts = map[string]uint32{"*": VMADDR_PORT_ANY, "any": VMADDR_PORT_ANY, "-1": VMADDR_PORT_ANY, "-1u": VMADDR_PORT_ANY}
)

// setVsock parses CID:PORT.
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
	if port == 0 { // as for other transports, the kernel picks one
		port = VMADDR_PORT_ANY
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
