//go:build unix

package sock

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes a path or name printable, so that unescape can undo it: unprintable bytes become %XX, and so does a %
// that unescape would take for the start of one. Any other % is left as it is.
func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		_, isEscape := escaped(s[i:])
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) || isEscape {
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// unescape replaces %XX with the byte that it stands for.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if c, ok := escaped(s[i:]); ok {
			b.WriteByte(c)
			i += 3
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// escaped returns the byte that s begins with if that is %XX, with digits of either case.
func escaped(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:3], 16, 8)
	return byte(n), err == nil
}
