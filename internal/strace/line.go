//go:build unix

// Package strace formats system calls as strace(1) 6.1 does, from bytes, numbers and names. It makes no system calls.
package strace

import (
	"encoding/binary"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	arrayLimit  = 32       // bytes of a buffer and elements of an array that are shown, as in strace
	lineLimit   = 32 << 10 // bytes of a line after which an array ends; strace has no such limit
	depthLimit  = 8        // levels of nested netlink messages that are shown
	resultAt    = 40       // the column of the result
	sockaddrMax = 128      // sizeof(struct sockaddr_storage)
	wordSize    = strconv.IntSize / 8
)

// StringLimit is how many bytes of a string are shown; the option -s sets strace's own limit.
const StringLimit = 4 << 10

// nameTable maps numbers or flags to their names.
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

// Line builds the line of a call. Each method appends one item, after a comma where one is needed: an argument or, if it
// has a name, a field of a struct. The methods don't keep their arguments.
type Line struct {
	IsRoute bool // the socket's protocol is NETLINK_ROUTE, which has its own names for messages

	b      []byte
	ifname func(index uint32) string
	depth  int // nesting depth of the current netlink message
}

// New returns the beginning of a call's line. ifname returns an interface's name, or "" if it has none.
func New(call string, ifname func(index uint32) string) Line {
	return Line{b: append(append(make([]byte, 0, 160), call...), '('), ifname: ifname}
}

// item begins an item. The first one follows a bracket, and every other a comma.
func (t *Line) item(name string) {
	if !strings.ContainsRune("([{", rune(t.b[len(t.b)-1])) {
		t.b = append(t.b, ", "...)
	}
	if name != "" {
		t.raw(name)
		t.raw("=")
	}
}

func (t *Line) raw(s string) { t.b = append(t.b, s...) }

func (t *Line) text(name, s string) {
	t.item(name)
	t.raw(s)
}

// open begins an item that contains others. The caller ends it with raw and the closing bracket.
func (t *Line) open(name, bracket string) { t.text(name, bracket) }

func (t *Line) int(name string, v int64) {
	t.item(name)
	t.appendInt(v)
}

func (t *Line) appendInt(v int64) { t.b = strconv.AppendInt(t.b, v, 10) }

func (t *Line) uint(name string, v uint64) {
	t.item(name)
	t.b = strconv.AppendUint(t.b, v, 10)
}

func (t *Line) hex(name string, v uint64) {
	t.item(name)
	t.appendHex(v)
}

func (t *Line) appendHex(v uint64) {
	if v != 0 {
		t.raw("0x")
	}
	t.b = strconv.AppendUint(t.b, v, 16)
}

// paddedHex appends a hexadecimal number with leading zeros, width characters wide including its prefix.
func (t *Line) paddedHex(name string, v uint64, width int) {
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

// pointer appends a memory address.
func (t *Line) pointer(name string, v uintptr) {
	t.item(name)
	if v == 0 {
		t.raw("NULL")
		return
	}
	t.appendHex(uint64(v))
}

// named appends a number by its name or, without one, in hexadecimal with the comment unknown.
func (t *Line) named(name string, names nameTable, v uint64, unknown string) {
	t.item(name)
	if s := names.of(v); s != "" {
		t.raw(s)
		return
	}
	t.appendHex(v)
	t.comment(unknown)
}

func (t *Line) comment(s string) {
	if s != "" {
		t.raw(" /* " + s + " */")
	}
}

// flags appends the names of a number's bits, and the remaining bits in hexadecimal.
func (t *Line) flags(name string, v uint64, unknown string, tables ...nameTable) {
	t.item(name)
	t.appendFlags(v, unknown, tables...)
}

func (t *Line) appendFlags(v uint64, unknown string, tables ...nameTable) {
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

// MessageFlags returns the names of flags of send(2) and recv(2), and the remaining bits in hexadecimal.
func MessageFlags(v uint32) string {
	var t Line
	t.appendFlags(uint64(v), "", messageFlagNames)
	return string(t.b)
}

// array appends n elements.
func (t *Line) array(name string, n int, element func(i int)) {
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

// endsAt reports whether an array is cut before element i, to keep the line short.
func (t *Line) endsAt(i int) bool { return i == arrayLimit || len(t.b) > lineLimit }

// indirect appends the C int that an argument points to.
func (t *Line) indirect(v int32) {
	t.open("", "[")
	t.int("", int64(v))
	t.raw("]")
}

// End completes the line with the call's result and, on success, a comment.
func (t *Line) End(n int, e syscall.Errno, comment string) string {
	t.raw(") ")
	for len(t.b) < resultAt {
		t.raw(" ")
	}
	t.raw("= ")
	switch {
	case e != 0:
		t.raw("-1 " + errnoText(e))
	case comment != "":
		t.appendInt(int64(n))
		t.raw(" (" + comment + ")")
	default:
		t.appendInt(int64(n))
	}
	return string(t.b)
}

// errnoText returns an error's name and the C library's text, which is Go's with a capital letter.
func errnoText(e syscall.Errno) string {
	name := errnoName(e)
	if name == "" {
		return "(errno " + strconv.Itoa(int(e)) + ")"
	}
	text := e.Error()
	return name + " (" + strings.ToUpper(text[:1]) + text[1:] + ")"
}

func errnoName(e syscall.Errno) string {
	if e == unix.EOPNOTSUPP {
		return "EOPNOTSUPP" // ENOTSUP is the same number on Linux
	}
	return unix.ErrnoName(e)
}

// cint returns the C int at the beginning of b.
func cint(b []byte) int { return int(int32(binary.NativeEndian.Uint32(b))) }

// word returns the C unsigned long at the beginning of b.
func word(b []byte) uint64 {
	if wordSize == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}
