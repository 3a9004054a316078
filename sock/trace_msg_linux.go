package sock

import (
	"golang.org/x/sys/unix"
)

// traceHeader is what the trace shows of a message's header beside the message itself: its fields as they went in and,
// where it was received, as they came out.
type traceHeader struct {
	nameBefore, name uint32
	control          int
	flags            int
	limit            int // how many bytes of the buffers have data
}

// noLimit has all bytes of the buffers shown.
const noLimit = -1

// traceMsgcall is sendmsg(2) or recvmsg(2), by its number.
func traceMsgcall(trap uintptr, fd int, m *Msg, h *unix.Msghdr, flags, n int, e Errno) {
	name, header := "sendmsg", sentHeader(m)
	if trap == unix.SYS_RECVMSG {
		name, header = "recvmsg", receivedHeader(h, n)
	}
	t := traceCall(name, fd)
	if trap == unix.SYS_RECVMSG && e != 0 {
		t.open("", "{")
		t.uint("msg_namelen", sockaddrSize)
		t.raw("}")
	} else {
		t.message("", m, header)
	}
	t.cflags(messageFlagNames, flags, "MSG_???")
	t.end(n, e)
}

func sentHeader(m *Msg) traceHeader {
	return traceHeader{nameBefore: m.Name.length, name: m.Name.length, control: len(m.Control), limit: noLimit}
}

func receivedHeader(h *unix.Msghdr, n int) traceHeader {
	return traceHeader{sockaddrSize, h.Namelen, int(h.Controllen), int(h.Flags), n}
}

// message is a struct msghdr.
func (t *traceLine) message(name string, m *Msg, h traceHeader) {
	sa := Sockaddr{m.Name.data, min(h.name, sockaddrSize)}
	t.open(name, "{")
	if h.nameBefore > 0 && h.name < familySize {
		t.pointer("msg_name", m.Name.address())
	} else {
		t.sockaddr("msg_name", &sa)
	}
	t.changed("msg_namelen", h.nameBefore, h.name, 0)
	t.buffers(m.Iov, h.limit, sa.is(unix.AF_NETLINK, familySize))
	t.uint("msg_iovlen", uint64(len(m.Iov)))
	if h.control > 0 {
		t.control(m.Control[:min(h.control, len(m.Control))])
	}
	t.uint("msg_controllen", uint64(h.control))
	t.flags("msg_flags", uint64(uint32(h.flags)), "MSG_???", messageFlagNames)
	t.raw("}")
}

// buffers are an array of struct iovec.
func (t *traceLine) buffers(bufs [][]byte, limit int, isNetlink bool) {
	t.open("msg_iov", "[")
	for i, p := range bufs {
		if t.endsAt(i) {
			t.text("", "...")
			break
		}
		length := len(p)
		if limit != noLimit {
			p = p[:min(length, limit)]
			limit -= len(p)
		}
		t.open("", "{")
		if isNetlink {
			t.netlink("iov_base", p)
		} else {
			t.buffer("iov_base", p)
		}
		t.uint("iov_len", uint64(length))
		t.raw("}")
	}
	t.raw("]")
}

// control are control messages, of which the last may be cut.
func (t *traceLine) control(b []byte) {
	if len(b) < cmsgHeader {
		t.pointer("msg_control", address(b))
		return
	}
	t.open("msg_control", "[")
	rest := b
	for len(rest) >= cmsgHeader && len(t.b) <= traceRoom {
		length := word(rest)
		t.open("", "{")
		t.uint("cmsg_len", length)
		t.named("cmsg_level", levelNames, uint64(uint32(cint(rest[wordSize:]))), "SOL_???")
		end := max(cmsgHeader, min(length, uint64(len(rest))))
		t.controlData(cint(rest[wordSize:]), cint(rest[wordSize+4:]), rest[cmsgHeader:end])
		t.raw("}")
		if length < cmsgHeader {
			rest = rest[cmsgHeader:]
			break
		}
		rest = rest[min(uint64(aligned(int(end))), uint64(len(rest))):]
	}
	if len(rest) > 0 {
		t.text("", "... /* ")
		t.appendHex(uint64(address(b)) + uint64(len(b)-len(rest)))
		t.raw(" */")
	}
	t.raw("]")
}

// batch is an array of struct mmsghdr, of which the first n were sent or received.
func (t *traceLine) batch(headers []mmsghdr, msgs []*batchMsg, n int, received bool) {
	if headers == nil {
		t.pointer("", 0)
		return
	}
	t.array("", len(msgs), func(i int) {
		h := sentHeader(&msgs[i].Msg)
		if received {
			h = receivedHeader(&headers[i].header, int(headers[i].length))
		}
		t.open("", "{")
		t.message("msg_hdr", &msgs[i].Msg, h)
		if i < n {
			t.uint("msg_len", uint64(headers[i].length))
		}
		t.raw("}")
	})
}

func traceSendmmsg(fd int, headers []mmsghdr, msgs []*batchMsg, flags, n int, e Errno) {
	t := traceCall("sendmmsg", fd)
	t.batch(headers, msgs, n, false)
	t.uint("", uint64(len(msgs)))
	t.cflags(messageFlagNames, flags, "MSG_???")
	t.end(n, e)
}

// traceRecvmmsg has the time-out as it went in and, in left, as it came out.
func traceRecvmmsg(fd int, headers []mmsghdr, msgs []*batchMsg, flags int, timeout unix.Timespec, left *unix.Timespec, n int, e Errno) {
	t := traceCall("recvmmsg", fd)
	if e != 0 {
		t.pointer("", sliceAddress(headers))
	} else {
		t.batch(headers, msgs[:n], n, true)
	}
	t.uint("", uint64(len(msgs)))
	t.cflags(messageFlagNames, flags, "MSG_???")
	result := ""
	if left == nil {
		t.pointer("", 0)
	} else {
		t.timespec("", &timeout)
		result = "left " + timespecText(left)
	}
	if n == 0 {
		result = "Timeout"
	}
	t.endWith(n, e, result)
}
