//go:build unix

package strace

import "strconv"

// buffer appends a call's memory, of which only the beginning is shown.
func (t *Line) buffer(name string, p []byte) {
	if p == nil {
		t.pointer(name, 0)
		return
	}
	t.quoted(name, p[:min(len(p), arrayLimit)])
	if len(p) > arrayLimit {
		t.raw("...")
	}
}

// quoted appends a string in C's notation.
func (t *Line) quoted(name string, p []byte) {
	t.item(name)
	t.quote(p[:min(len(p), StringLimit)])
	if len(p) > StringLimit {
		t.raw("...")
	}
}

func (t *Line) quote(p []byte) {
	t.raw(`"`)
	for i, c := range p {
		switch {
		case c == '"' || c == '\\':
			t.b = append(t.b, '\\', c)
		case c >= '\t' && c <= '\r':
			t.b = append(t.b, '\\', "tnvfr"[c-'\t'])
		case c >= ' ' && c <= '~':
			t.b = append(t.b, c)
		case i+1 < len(p) && p[i+1] >= '0' && p[i+1] <= '7':
			t.b = append(t.b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			t.b = append(t.b, '\\')
			t.b = strconv.AppendUint(t.b, uint64(c), 8)
		}
	}
	t.raw(`"`)
}

// quotedHex appends a string with every byte in hexadecimal.
func (t *Line) quotedHex(name string, p []byte) {
	t.item(name)
	t.quoteHex(p)
}

func (t *Line) quoteHex(p []byte) {
	t.raw(`"`)
	for _, c := range p {
		t.b = append(t.b, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	t.raw(`"`)
}

// cstring appends a string that ends with a NUL.
func (t *Line) cstring(name string, p []byte) { t.quoted(name, untilNUL(p)) }

func untilNUL(p []byte) []byte {
	for i, c := range p {
		if c == 0 {
			return p[:i]
		}
	}
	return p
}
