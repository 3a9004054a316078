package sock

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Netlink's messages are shown as far as they are the same for all its protocols: headers, errors and ends; NETLINK_ROUTE
// has more of its own. The rest is bytes.

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

// errorFlagNames are flags that mean something else in other messages than NLMSG_ERROR.
var errorFlagNames = nameTable{
	{unix.NLM_F_CAPPED, "NLM_F_CAPPED"},
	{unix.NLM_F_ACK_TLVS, "NLM_F_ACK_TLVS"},
}

// payload is what is sent or received: bytes, and netlink's messages where the socket is one of AF_NETLINK.
func (t *traceLine) payload(p []byte) {
	domain := 0
	untraced(func() { domain, _ = Getsockopt(t.fd, SO_DOMAIN) })
	if p != nil && domain == unix.AF_NETLINK {
		t.netlink("", p)
	} else {
		t.buffer("", p)
	}
}

// netlink are the messages of a buffer: an array where there are several.
func (t *traceLine) netlink(name string, p []byte) {
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

// netlinkLength is how many bytes a buffer's first message takes. What is no whole message is the last.
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

// netlinkMessage is a struct nlmsghdr and what follows it.
func (t *traceLine) netlinkMessage(p []byte) {
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
	isRoute := typ >= unix.NLMSG_MIN_TYPE && t.isRoute()
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

func (t *traceLine) netlinkHeader(p []byte, length uint32, typ, flags uint16, isRoute bool) {
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

func (t *traceLine) netlinkRest(typ, flags uint16, p []byte) {
	switch {
	case typ == unix.NLMSG_ERROR && len(p) >= unix.SizeofNlMsgerr && t.depth < traceDepth:
		t.depth++
		t.netlinkError(flags, p)
		t.depth--
	case typ == unix.NLMSG_DONE && len(p) == 4:
		t.appendInt(int64(cint(p)))
	default:
		t.bufferHex(p)
	}
}

// isRoute tells whether the call's socket is one of NETLINK_ROUTE.
func (t *traceLine) isRoute() bool {
	protocol := -1
	untraced(func() {
		if v, err := Getsockopt(t.fd, SO_PROTOCOL); err == nil {
			protocol = v
		}
	})
	return protocol == unix.NETLINK_ROUTE
}

// netlinkError is a struct nlmsgerr: an error number, and the message that it is about, or only the header of that.
func (t *traceLine) netlinkError(flags uint16, p []byte) {
	e, about := -Errno(cint(p)), p[4:]
	if flags&unix.NLM_F_CAPPED != 0 {
		about = about[:unix.SizeofNlMsghdr]
	}
	t.raw("{")
	if name := ErrnoName(e); name != "" {
		t.text("error", "-"+name)
	} else {
		t.int("error", int64(cint(p)))
	}
	t.item("msg")
	t.netlinkMessage(about)
	t.raw("}")
}

// bufferHex is a buffer of which every byte is shown by its number.
func (t *traceLine) bufferHex(p []byte) {
	t.quoteHex(p[:min(len(p), traceLimit)])
	if len(p) > traceLimit {
		t.raw("...")
	}
}
