//go:build unix

package sock_test

import (
	"math"
	"net"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func TestInterfaces(t *testing.T) {
	all, err := IfNameindex()
	if err == EINVAL || err == EAFNOSUPPORT {
		t.Skip("netlink(7) is emulated, or refused:", err)
	}
	check(t, err)
	theirs, err := net.Interfaces()
	check(t, err)
	if len(all) == 0 || len(all) != len(theirs) {
		t.Fatalf("got %d interfaces, want %d", len(all), len(theirs))
	}
	for _, i := range all {
		if index, err := IfNametoindex(i.Name); index != i.Index || err != nil {
			t.Errorf("IfNametoindex(%q) = %d, %v, want %d", i.Name, index, err, i.Index)
		}
		if name, err := IfIndextoname(i.Index); name != i.Name || err != nil {
			t.Errorf("IfIndextoname(%d) = %q, %v, want %q", i.Index, name, err, i.Name)
		}
	}
}

func TestNoSuchInterface(t *testing.T) {
	const first = 1
	firstName, err := IfIndextoname(first)
	check(t, err)
	if index, err := IfNametoindex(firstName); index != first || err != nil {
		t.Fatalf("IfNametoindex(%q) = %d, %v, want %d", firstName, index, err, first)
	}
	for _, name := range []string{"", "nonsense", strings.Repeat("x", 16), strings.Repeat("x", 1000), firstName + "\x00", firstName + "\x00x"} {
		if index, err := IfNametoindex(name); index != 0 || err != ENODEV {
			t.Errorf("IfNametoindex(%q) = %d, %v, want ENODEV", name, index, err)
		}
	}
	indices := []int{0, -1, math.MaxInt32, math.MinInt32}
	if strconv.IntSize == 64 {
		indices = append(indices, first|1<<(32%strconv.IntSize)) // would be the first interface without its high bits
	}
	for _, index := range indices {
		if name, err := IfIndextoname(index); name != "" || err != ENXIO {
			t.Errorf("IfIndextoname(%d) = %q, %v, want ENXIO", index, name, err)
		}
	}
}
