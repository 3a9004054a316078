//go:build unix

package sock

import "golang.org/x/sys/unix"

// The calls of a socket's life, one function each. What the kernel read or wrote is in what is passed here: they come
// between the system call and what this package makes of its answer.

func traceSocket(domain, typ, proto, fd int, e Errno) {
	t := traceNew("socket")
	t.cname(familyNames, domain, "AF_???")
	t.socketType(typ)
	t.protocol(domain, proto)
	t.end(fd, e)
}

func traceSocketpair(domain, typ, proto int, fds *[2]int32, e Errno) {
	t := traceNew("socketpair")
	t.cname(familyNames, domain, "AF_???")
	t.socketType(typ)
	t.uint("", uint64(uintptr(cInt(proto))))
	t.pair(fds, e)
	t.end(0, e)
}

// pair is what socketpair(2) and pipe(2) give.
func (t *traceLine) pair(fds *[2]int32, e Errno) {
	if e != 0 {
		t.pointer("", pointerAddress(fds))
		return
	}
	t.open("", "[")
	t.int("", int64(fds[0]))
	t.int("", int64(fds[1]))
	t.raw("]")
}

// cname is a C int by its name.
func (t *traceLine) cname(names nameTable, v int, unknown string) {
	t.named("", names, uint64(uint32(cInt(v))), unknown)
}

// cflags are flags in a C int.
func (t *traceLine) cflags(names nameTable, v int, unknown string) {
	t.flags("", uint64(uint32(cInt(v))), unknown, names)
}

// socketType is a type, the low bits, and its flags.
func (t *traceLine) socketType(v int) {
	const mask = 0xf
	typ := uint64(uint32(cInt(v)))
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

func traceBind(fd int, sa *Sockaddr, e Errno)    { traceTo("bind", fd, sa, e) }
func traceConnect(fd int, sa *Sockaddr, e Errno) { traceTo("connect", fd, sa, e) }

func traceTo(name string, fd int, sa *Sockaddr, e Errno) {
	t := traceCall(name, fd)
	t.sockaddr("", sa)
	t.uint("", uint64(sa.length))
	t.end(0, e)
}

func traceListen(fd, backlog int, e Errno) {
	t := traceCall("listen", fd)
	t.cint(backlog)
	t.end(0, e)
}

func traceAccept4(fd, flags int, sa *Sockaddr, nfd int, e Errno) {
	t := traceCall("accept4", fd)
	t.received(sa, e)
	t.cflags(typeFlagNames, flags, "SOCK_???")
	t.end(nfd, e)
}

// traceName is a call that gives an address, getsockname(2) for example.
func traceName(name string, fd int, sa *Sockaddr, n int, e Errno) {
	t := traceCall(name, fd)
	t.received(sa, e)
	t.end(n, e)
}

// received is an address that the kernel filled in, and its length: what there was room for, and what it has. A nil one was
// not asked for.
func (t *traceLine) received(sa *Sockaddr, e Errno) {
	if sa == nil {
		t.pointer("", 0)
		t.pointer("", 0)
		return
	}
	length := sa.length
	if e == 0 && length >= familySize {
		filled := Sockaddr{sa.data, min(length, sockaddrSize)}
		t.sockaddrStruct("", &filled)
	} else {
		t.pointer("", sa.address())
	}
	t.open("", "[")
	t.changed("", sockaddrSize, length, e)
	t.raw("]")
}

// changed is a number that the kernel may change, before and, where it did, after.
func (t *traceLine) changed(name string, before, after uint32, e Errno) {
	t.int(name, int64(int32(before)))
	if e == 0 && after != before {
		t.raw(" => ")
		t.appendInt(int64(int32(after)))
	}
}

// traceSendto has no address where to is nil.
func traceSendto(fd int, p []byte, flags int, to *Sockaddr, n int, e Errno) {
	t := traceCall("sendto", fd)
	t.payload(p)
	t.uint("", uint64(len(p)))
	t.cflags(messageFlagNames, flags, "MSG_???")
	if to == nil {
		t.pointer("", 0)
		t.uint("", 0)
	} else {
		t.sockaddr("", to)
		t.uint("", uint64(to.length))
	}
	t.end(n, e)
}

// traceRecvfrom has no address where from is nil.
func traceRecvfrom(fd int, p []byte, flags int, from *Sockaddr, n int, e Errno) {
	t := traceCall("recvfrom", fd)
	if e != 0 {
		t.pointer("", address(p))
	} else {
		t.payload(p[:min(n, len(p))])
	}
	t.uint("", uint64(len(p)))
	t.cflags(messageFlagNames, flags, "MSG_???")
	t.received(from, e)
	t.end(n, e)
}

func traceDup(fd, nfd int, e Errno) {
	t := traceCall("fcntl", fd)
	t.text("", "F_DUPFD_CLOEXEC")
	t.int("", 0)
	t.end(nfd, e)
}

func traceSetfd(fd int, flags uintptr, e Errno) {
	t := traceCall("fcntl", fd)
	t.text("", "F_SETFD")
	t.flags("", uint64(flags), "FD_???", nameTable{{unix.FD_CLOEXEC, "FD_CLOEXEC"}})
	t.end(0, e)
}

func traceFionbio(fd int, v int32, e Errno) {
	t := traceCall("ioctl", fd)
	t.text("", "FIONBIO")
	t.indirect(v)
	t.end(0, e)
}

func traceShutdown(fd, how int, e Errno) {
	t := traceCall("shutdown", fd)
	t.cname(shutdownNames, how, "SHUT_???")
	t.end(0, e)
}

func traceClose(fd int, e Errno) {
	t := traceCall("close", fd)
	t.end(0, e)
}
