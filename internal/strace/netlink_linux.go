package strace

import (
	"encoding/binary"
	"syscall"

	"golang.org/x/sys/unix"
)

// Netlink messages are decoded as far as they are common to all netlink protocols: headers, errors and ends. Those of
// NETLINK_ROUTE are decoded further. Everything else is shown as bytes.

var netlinkTypeNames = nameTable{
	{unix.NLMSG_NOOP, "NLMSG_NOOP"},
	{unix.NLMSG_ERROR, "NLMSG_ERROR"},
	{unix.NLMSG_DONE, "NLMSG_DONE"},
	{unix.NLMSG_OVERRUN, "NLMSG_OVERRUN"},
}

var netlinkFlagNames = nameTable{
	{unix.NLM_F_REQUEST, "NLM_F_REQUEST"},
	{unix.NLM_F_MULTI, "NLM_F_MULTI"},
	{unix.NLM_F_ACK, "NLM_F_ACK"},
	{unix.NLM_F_ECHO, "NLM_F_ECHO"},
	{unix.NLM_F_DUMP_INTR, "NLM_F_DUMP_INTR"},
	{unix.NLM_F_DUMP_FILTERED, "NLM_F_DUMP_FILTERED"},
}

// errorFlagNames are flags that have these meanings only in NLMSG_ERROR.
var errorFlagNames = nameTable{
	{unix.NLM_F_CAPPED, "NLM_F_CAPPED"},
	{unix.NLM_F_ACK_TLVS, "NLM_F_ACK_TLVS"},
}

// LooksLikeNetlink reports whether p begins with a complete netlink message. Few other bytes do.
func LooksLikeNetlink(p []byte) bool {
	if len(p) < unix.SizeofNlMsghdr {
		return false
	}
	n := binary.NativeEndian.Uint32(p)
	return n >= unix.SizeofNlMsghdr && uint64(n) <= uint64(len(p))
}

// netlink appends the messages in a buffer, as an array if there are several.
func (t *Line) netlink(name string, p []byte) {
	t.item(name)
	n := netlinkLength(p)
	if n == len(p) {
		t.netlinkMessage(p)
		return
	}
	t.raw("[")
	for i := 0; ; i++ {
		if i > 0 {
			t.raw(", ")
		}
		if t.endsAt(i) {
			t.raw("...")
			break
		}
		n := netlinkLength(p)
		t.netlinkMessage(p)
		if n == len(p) {
			break
		}
		p = p[n:]
	}
	t.raw("]")
}

// netlinkLength returns the length of a buffer's first message with its padding. An incomplete message extends to the
// buffer's end.
func netlinkLength(p []byte) int {
	if len(p) < unix.SizeofNlMsghdr {
		return len(p)
	}
	n := uint64(binary.NativeEndian.Uint32(p))
	if n < unix.SizeofNlMsghdr {
		return len(p)
	}
	return int(min((n+3)&^3, uint64(len(p))))
}

// netlinkMessage appends a struct nlmsghdr and the message's data.
func (t *Line) netlinkMessage(p []byte) {
	if len(p) < unix.SizeofNlMsghdr {
		t.bufferHex(p)
		return
	}
	length := binary.NativeEndian.Uint32(p)
	p = p[:max(unix.SizeofNlMsghdr, min(uint64(length), uint64(len(p))))]
	rest := p[unix.SizeofNlMsghdr:]
	if len(rest) > 0 {
		t.raw("[")
	}
	typ, flags := binary.NativeEndian.Uint16(p[4:]), binary.NativeEndian.Uint16(p[6:])
	isRoute := typ >= unix.NLMSG_MIN_TYPE && t.IsRoute
	t.netlinkHeader(p, length, typ, flags, isRoute)
	if len(rest) > 0 {
		t.raw(", ")
		if isRoute {
			t.route(typ, rest)
		} else {
			t.netlinkRest(typ, flags, rest)
		}
		t.raw("]")
	}
}

func (t *Line) netlinkHeader(p []byte, length uint32, typ, flags uint16, isRoute bool) {
	types, unknown, ownFlags := netlinkTypeNames, "NLMSG_???", nameTable(nil)
	switch {
	case isRoute:
		types, unknown, ownFlags = routeTypeNames, "RTM_???", routeFlagNames(typ)
	case typ == unix.NLMSG_ERROR:
		ownFlags = errorFlagNames
	}
	t.raw("{")
	t.uint("nlmsg_len", uint64(length))
	t.named("nlmsg_type", types, uint64(typ), unknown)
	t.flags("nlmsg_flags", uint64(flags), "NLM_F_???", netlinkFlagNames, ownFlags)
	t.uint("nlmsg_seq", uint64(binary.NativeEndian.Uint32(p[8:])))
	t.int("nlmsg_pid", int64(cint(p[12:])))
	t.raw("}")
}

func (t *Line) netlinkRest(typ, flags uint16, p []byte) {
	switch {
	case typ == unix.NLMSG_ERROR && len(p) >= unix.SizeofNlMsgerr && t.depth < depthLimit:
		t.depth++
		t.netlinkError(flags, p)
		t.depth--
	case typ == unix.NLMSG_DONE && len(p) == 4:
		t.appendInt(int64(cint(p)))
	default:
		t.bufferHex(p)
	}
}

// netlinkError appends a struct nlmsgerr: an error number, and the message that it is about or only that one's header.
func (t *Line) netlinkError(flags uint16, p []byte) {
	e, about := -syscall.Errno(cint(p)), p[4:]
	if flags&unix.NLM_F_CAPPED != 0 {
		about = about[:unix.SizeofNlMsghdr]
	}
	t.raw("{")
	if name := errnoName(e); name != "" {
		t.text("error", "-"+name)
	} else {
		t.int("error", int64(cint(p)))
	}
	t.item("msg")
	t.netlinkMessage(about)
	t.raw("}")
}

// bufferHex appends a buffer with every byte in hexadecimal.
func (t *Line) bufferHex(p []byte) {
	t.quoteHex(p[:min(len(p), arrayLimit)])
	if len(p) > arrayLimit {
		t.raw("...")
	}
}
