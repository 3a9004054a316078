//go:build unix

package sock

import (
	"math"
	"net"
	"strings"

	"golang.org/x/sys/unix"
)

// Interface is the number and name of a network interface: if_nameindex(3).
type Interface struct {
	Index int
	Name  string
}

// IfNametoindex returns the number of a network interface: if_nametoindex(3). ENODEV means that no interface has that
// name.
func IfNametoindex(name string) (int, error) {
	if len(name) >= unix.IFNAMSIZ || strings.IndexByte(name, 0) >= 0 {
		return 0, ENODEV
	}
	index, e := ifNametoindex(name)
	return index, result(e)
}

// IfIndextoname returns the name of a network interface: if_indextoname(3). ENXIO means that no interface has that
// number.
func IfIndextoname(index int) (string, error) {
	if index <= 0 || index > math.MaxInt32 {
		return "", ENXIO
	}
	name, e := ifIndextoname(index)
	if e == ENODEV {
		e = ENXIO
	}
	return name, result(e)
}

// IfNameindex lists the network interfaces: if_nameindex(3).
func IfNameindex() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, errnoOf(err)
	}
	list := make([]Interface, len(all))
	for i, ifi := range all {
		list[i] = Interface{ifi.Index, ifi.Name}
	}
	return list, nil
}
