package sock

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// linuxText is text for a family that only Linux has.
func (sa Sockaddr) linuxText() (string, Sockaddr) {
	if cid, port, ok := sa.VM(); ok && port != 0 { // in an endpoint, 0 means VMADDR_PORT_ANY
		return fmt.Sprintf("vsock:%d:%d", cid, port), VM(cid, port)
	}
	if port, groups, ok := sa.Netlink(); ok {
		return fmt.Sprintf("netlink:%d:%#x", port, groups), Netlink(port, groups)
	}
	if a, ok := sa.Packet(); ok {
		hardware := a.HardwareAddr()
		text := fmt.Sprintf("packet:%d:%#04x:%d:%d:%x", uint32(a.Ifindex), a.Protocol, a.Hatype, a.Pkttype, []byte(hardware))
		a.Addr = [len(a.Addr)]byte{}
		a.Halen = uint8(copy(a.Addr[:], hardware))
		same := Packet(a)
		same.length = sa.length // the kernel's addresses are only as long as their hardware address
		return text, same
	}
	return "", Sockaddr{}
}

var errNotLinux = errors.New("not a scheme of Linux's own")

// parseLinux parses the text after the name of a family that only Linux has and that no Endpoint uses.
func parseLinux(scheme, s string) (Sockaddr, error) {
	fields := strings.Split(s, ":")
	switch scheme {
	case "netlink":
		n, ok := parseFields(fields, 2)
		if !ok {
			return Sockaddr{}, errors.New("want netlink:PORT:GROUPS")
		}
		return Netlink(n[0], n[1]), nil
	case "packet":
		return parsePacket(fields)
	}
	return Sockaddr{}, errNotLinux
}

// parsePacket parses IFINDEX:PROTOCOL[:HATYPE:PKTTYPE:HARDWAREADDR].
func parsePacket(fields []string) (Sockaddr, error) {
	bad := errors.New("want packet:IFINDEX:PROTOCOL[:HATYPE:PKTTYPE:HARDWAREADDR]")
	if len(fields) == 2 {
		fields = append(fields, "0", "0", "")
	}
	if len(fields) != 5 {
		return Sockaddr{}, bad
	}
	n, ok := parseFields(fields[:4], 4)
	hardware, err := hex.DecodeString(fields[4])
	a := PacketAddr{}
	if !ok || err != nil || len(hardware) > len(a.Addr) || n[1] >= 1<<16 || n[2] >= 1<<16 || n[3] >= 1<<8 {
		return Sockaddr{}, bad
	}
	a.Ifindex, a.Protocol, a.Hatype, a.Pkttype = int(int32(n[0])), uint16(n[1]), uint16(n[2]), uint8(n[3])
	a.Halen = uint8(copy(a.Addr[:], hardware))
	return Packet(a), nil
}

// parseFields parses exactly count numbers.
func parseFields(fields []string, count int) (n [4]uint32, ok bool) {
	if len(fields) != count {
		return n, false
	}
	for i, field := range fields {
		var err error
		if n[i], err = parseUint32(field); err != nil {
			return n, false
		}
	}
	return n, true
}

func parseAbstract(name string) (Sockaddr, error) {
	sa, err := Abstract(name)
	if err != nil {
		return Sockaddr{}, fmt.Errorf("the name has %d bytes, more than the %d of an abstract socket's", len(name), unixPathMax-1)
	}
	return sa, nil
}
