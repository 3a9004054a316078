//go:build unix

package sock

import (
	"strconv"
	"strings"
)

const (
	traceLimit  = 32       // bytes of a buffer and elements of an array that are shown, as strace does
	traceString = 4 << 10  // bytes of a string, which has no limit in strace
	traceRoom   = 32 << 10 // bytes of a line after which no array goes on, and which strace hasn't either
	traceDepth  = 8        // how deep netlink's messages are shown that contain others
	traceColumn = 40       // of the result
)

// nameTable has names of numbers, or of flags.
type nameTable []struct {
	value uint64
	name  string
}

func (names nameTable) of(v uint64) string {
	for _, n := range names {
		if n.value == v {
			return n.name
		}
	}
	return ""
}

// traceLine is a line of the trace as it is written. Its methods append one item each, an argument or, where it has a
// name, a field of a struct, with the comma that it needs.
type traceLine struct {
	b     []byte
	fd    int // the call's own
	depth int // of the netlink message that is being written
}

// traceCall begins the line of a call that has a descriptor for its first argument.
func traceCall(name string, fd int) traceLine {
	t := traceNew(name)
	t.fd = fd
	t.cint(fd)
	return t
}

func traceNew(name string) traceLine {
	return traceLine{b: append(append(make([]byte, 0, 160), name...), '(')}
}

// item begins an item. Only a bracket that has just been opened ends in one, so there the first item goes.
func (t *traceLine) item(name string) {
	if !strings.ContainsRune("([{", rune(t.b[len(t.b)-1])) {
		t.b = append(t.b, ", "...)
	}
	if name != "" {
		t.raw(name)
		t.raw("=")
	}
}

func (t *traceLine) raw(s string) { t.b = append(t.b, s...) }

func (t *traceLine) text(name, s string) {
	t.item(name)
	t.raw(s)
}

// open begins an item that has items of its own, until raw ends it with the closing bracket.
func (t *traceLine) open(name, bracket string) { t.text(name, bracket) }

func (t *traceLine) int(name string, v int64) {
	t.item(name)
	t.appendInt(v)
}

func (t *traceLine) appendInt(v int64) { t.b = strconv.AppendInt(t.b, v, 10) }

func (t *traceLine) uint(name string, v uint64) {
	t.item(name)
	t.b = strconv.AppendUint(t.b, v, 10)
}

func (t *traceLine) hex(name string, v uint64) {
	t.item(name)
	t.appendHex(v)
}

func (t *traceLine) appendHex(v uint64) {
	if v != 0 {
		t.raw("0x")
	}
	t.b = strconv.AppendUint(t.b, v, 16)
}

// paddedHex is a number in as many characters as it has digits, of which the prefix takes two.
func (t *traceLine) paddedHex(name string, v uint64, width int) {
	t.item(name)
	digits := strconv.FormatUint(v, 16)
	if v != 0 {
		t.raw("0x")
		width -= len("0x")
	}
	for range width - len(digits) {
		t.raw("0")
	}
	t.raw(digits)
}

// cint is a C int, as the kernel gets it.
func (t *traceLine) cint(v int) { t.int("", int64(cInt(v))) }

// pointer is an address of memory.
func (t *traceLine) pointer(name string, v uintptr) {
	t.item(name)
	if v == 0 {
		t.raw("NULL")
		return
	}
	t.appendHex(uint64(v))
}

// named is a number by its name, or in hexadecimal with what its name would look like.
func (t *traceLine) named(name string, names nameTable, v uint64, unknown string) {
	t.item(name)
	if s := names.of(v); s != "" {
		t.raw(s)
		return
	}
	t.appendHex(v)
	t.comment(unknown)
}

func (t *traceLine) comment(s string) {
	if s != "" {
		t.raw(" /* " + s + " */")
	}
}

// flags are the names of the bits of a number, and the rest of it in hexadecimal.
func (t *traceLine) flags(name string, v uint64, unknown string, tables ...nameTable) {
	t.item(name)
	t.appendFlags(v, unknown, tables...)
}

func (t *traceLine) appendFlags(v uint64, unknown string, tables ...nameTable) {
	if v == 0 {
		t.raw("0")
		return
	}
	rest, or := v, ""
	for _, names := range tables {
		for _, n := range names {
			if n.value != 0 && rest&n.value == n.value {
				t.raw(or + n.name)
				rest, or = rest&^n.value, "|"
			}
		}
	}
	switch {
	case rest == v:
		t.appendHex(v)
		t.comment(unknown)
	case rest != 0:
		t.raw(or)
		t.appendHex(rest)
	}
}

// array is n elements.
func (t *traceLine) array(name string, n int, element func(i int)) {
	t.open(name, "[")
	for i := range n {
		if t.endsAt(i) {
			t.text("", "...")
			break
		}
		element(i)
	}
	t.raw("]")
}

// endsAt tells whether an array ends before its element i, to keep the line short.
func (t *traceLine) endsAt(i int) bool { return i == traceLimit || len(t.b) > traceRoom }

// indirect is a C int that an argument points to.
func (t *traceLine) indirect(v int32) {
	t.open("", "[")
	t.int("", int64(v))
	t.raw("]")
}

// buffer is the memory of a call, of which only the beginning is shown.
func (t *traceLine) buffer(name string, p []byte) {
	if p == nil {
		t.pointer(name, 0)
		return
	}
	t.quoted(name, p[:min(len(p), traceLimit)])
	if len(p) > traceLimit {
		t.raw("...")
	}
}

// quoted is a string as C would have it.
func (t *traceLine) quoted(name string, p []byte) {
	t.item(name)
	t.quote(p[:min(len(p), traceString)])
	if len(p) > traceString {
		t.raw("...")
	}
}

func (t *traceLine) quote(p []byte) {
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

// quotedHex is a string of which every byte is shown by its number.
func (t *traceLine) quotedHex(name string, p []byte) {
	t.item(name)
	t.quoteHex(p)
}

func (t *traceLine) quoteHex(p []byte) {
	t.raw(`"`)
	for _, c := range p {
		t.b = append(t.b, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	t.raw(`"`)
}

// cstring is a string that ends with a NUL.
func (t *traceLine) cstring(name string, p []byte) { t.quoted(name, untilNUL(p)) }

func untilNUL(p []byte) []byte {
	for i, c := range p {
		if c == 0 {
			return p[:i]
		}
	}
	return p
}

// end completes the line with a call's result and delivers it.
func (t *traceLine) end(n int, e Errno) { t.endWith(n, e, "") }

// endWith is end with a comment on a result that is no error.
func (t *traceLine) endWith(n int, e Errno, comment string) {
	t.raw(") ")
	for len(t.b) < traceColumn {
		t.raw(" ")
	}
	t.raw("= ")
	switch {
	case e != 0:
		t.raw("-1 " + traceErrno(e))
	case comment != "":
		t.appendInt(int64(n))
		t.raw(" (" + comment + ")")
	default:
		t.appendInt(int64(n))
	}
	deliverTrace(string(t.b))
}

// traceErrno is an error's name and the C library's text, which Go has without its capital.
func traceErrno(e Errno) string {
	name := ErrnoName(e)
	if name == "" {
		return "(errno " + strconv.Itoa(int(e)) + ")"
	}
	text := e.Error()
	return name + " (" + strings.ToUpper(text[:1]) + text[1:] + ")"
}
