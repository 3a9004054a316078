//go:build unix

package sock

import (
	"net/netip"
	"strconv"
	"strings"
)

// InetAton parses an IPv4 address in any of C's forms, such as 127.1, 0x7f.0.0.1 and 2130706433: inet_aton(3). The
// numbers between the dots are decimal, octal after 0, or hexadecimal after 0x; the last number covers all remaining
// bytes. Unlike the C library's, it takes no white space, nor what would follow it.
func InetAton(s string) (addr netip.Addr, ok bool) {
	parts := strings.Split(s, ".")
	last := len(parts) - 1
	if last > 3 {
		return netip.Addr{}, false
	}
	var ip uint64
	for i, part := range parts {
		bits := 8
		if i == last {
			bits = 8 * (4 - last)
		}
		n, err := parseC(part, bits)
		if err != nil {
			return netip.Addr{}, false
		}
		ip = ip<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
}

// parseC parses a number in C's syntax, of at most the given number of bits.
func parseC(s string, bits int) (uint64, error) {
	if digits, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		return strconv.ParseUint(digits, 16, bits)
	}
	if len(s) > 1 && s[0] == '0' {
		return strconv.ParseUint(s, 8, bits)
	}
	return strconv.ParseUint(s, 10, bits)
}
