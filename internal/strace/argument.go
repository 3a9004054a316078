//go:build unix

package strace

import "golang.org/x/sys/unix"

// The methods below append arguments. A C int is passed as an int32, since the kernel sees only those bits.

func (t *Line) Text(s string)     { t.text("", s) }
func (t *Line) Int(v int64)       { t.int("", v) }
func (t *Line) CInt(v int32)      { t.int("", int64(v)) }
func (t *Line) Uint(v uint64)     { t.uint("", v) }
func (t *Line) Pointer(v uintptr) { t.pointer("", v) }
func (t *Line) Buffer(p []byte)   { t.buffer("", p) }

func (t *Line) Family(v int32)       { t.cname(familyNames, v, "AF_???") }
func (t *Line) SocketFlags(v int32)  { t.cflags(typeFlagNames, v, "SOCK_???") }
func (t *Line) MessageFlags(v int32) { t.cflags(messageFlagNames, v, "MSG_???") }
func (t *Line) How(v int32)          { t.cname(shutdownNames, v, "SHUT_???") }
func (t *Line) FDFlags(v int32)      { t.cflags(fdFlagNames, v, "FD_???") }

var fdFlagNames = nameTable{{unix.FD_CLOEXEC, "FD_CLOEXEC"}}

// Indirect appends the C int that an argument points to.
func (t *Line) Indirect(v int32) { t.indirect(v) }

// Pair appends the descriptors of socketpair(2) or pipe(2).
func (t *Line) Pair(fds [2]int32) {
	t.open("", "[")
	t.int("", int64(fds[0]))
	t.int("", int64(fds[1]))
	t.raw("]")
}

// SocketType appends a socket's type, which is in the low bits, and its flags.
func (t *Line) SocketType(v int32) {
	const mask = 0xf
	typ := uint64(uint32(v))
	s := typeNames.of(typ & mask)
	if s == "" {
		t.flags("", typ, "SOCK_???", typeFlagNames)
		return
	}
	t.text("", s)
	if typ &^= mask; typ != 0 {
		t.raw("|")
		t.appendFlags(typ, "SOCK_???", typeFlagNames)
	}
}

// Sockaddr appends an address that is passed to the kernel, and its length.
func (t *Line) Sockaddr(sa []byte) {
	t.sockaddr("", sa)
	t.uint("", uint64(len(sa)))
}

// Received appends an address that the kernel filled in, and its length: the size of the buffer, and the address's own.
// sa is the part that was received, and where is its address in memory.
func (t *Line) Received(sa []byte, where uintptr, length uint32, ok bool) {
	if ok && length >= familySize {
		t.sockaddrStruct("", sa)
	} else {
		t.pointer("", where)
	}
	t.open("", "[")
	t.changed("", sockaddrMax, length, ok)
	t.raw("]")
}

// Array appends n elements in brackets.
func (t *Line) Array(n int, element func(i int)) { t.array("", n, element) }

// cname appends a C int by its name.
func (t *Line) cname(names nameTable, v int32, unknown string) {
	t.named("", names, uint64(uint32(v)), unknown)
}

// cflags appends the flags in a C int.
func (t *Line) cflags(names nameTable, v int32, unknown string) {
	t.flags("", uint64(uint32(v)), unknown, names)
}

// changed appends a number that the kernel may change: its value before and, if it differs, its value after.
func (t *Line) changed(name string, before, after uint32, ok bool) {
	t.int(name, int64(int32(before)))
	if ok && after != before {
		t.raw(" => ")
		t.appendInt(int64(int32(after)))
	}
}
