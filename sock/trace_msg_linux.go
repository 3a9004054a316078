package sock

import (
	"example.com/berkeley/internal/strace"

	"golang.org/x/sys/unix"
)

// The calls with messages: each line has struct msghdr before the call or, if a message was received, after it.

// msgcall writes the line of sendmsg(2) or recvmsg(2), given by its number.
func (c *tracedCall) msgcall(trap uintptr, fd int, m *Msg, h *unix.Msghdr, flags, n int, e Errno) {
	switch {
	case trap == unix.SYS_SENDMSG:
		c.on(fd, "sendmsg")
		c.message(sentMessage(m))
	case e != 0:
		c.on(fd, "recvmsg")
		c.UnknownMessage()
	default:
		c.on(fd, "recvmsg")
		c.message(receivedMessage(m, h, n))
	}
	c.MessageFlags(cInt(flags))
	c.end(n, e)
}

func (c *tracedCall) message(m strace.Message) {
	c.IsRoute = m.IsNetlink() && c.askRoute()
	c.Message(&m)
}

func sentMessage(m *Msg) strace.Message {
	return strace.Message{
		Name: m.Name.bytes(), NameAddress: m.Name.address(), NameBefore: m.Name.length, NameLength: m.Name.length,
		Buffers: m.Iov, Limit: strace.NoLimit,
		Control: m.Control, ControlAddress: address(m.Control), ControlLength: len(m.Control),
		Flags: int32(m.Flags),
	}
}

// receivedMessage writes a message with n bytes in its buffers.
func receivedMessage(m *Msg, h *unix.Msghdr, n int) strace.Message {
	return strace.Message{
		Name: m.Name.data[:min(h.Namelen, sockaddrSize)], NameAddress: m.Name.address(), NameBefore: sockaddrSize, NameLength: h.Namelen,
		Buffers: m.Iov, Limit: n,
		Control: m.Control, ControlAddress: address(m.Control), ControlLength: int(h.Controllen),
		Flags: h.Flags,
	}
}

func (c *tracedCall) sendmmsg(fd int, headers []mmsghdr, msgs []*batchMsg, flags, n int, e Errno) {
	c.on(fd, "sendmmsg")
	c.batch(headers, msgs, n, false)
	c.Uint(uint64(len(msgs)))
	c.MessageFlags(cInt(flags))
	c.end(n, e)
}

// recvmmsg writes the timeout before the call and, from left, after it.
func (c *tracedCall) recvmmsg(fd int, headers []mmsghdr, msgs []*batchMsg, flags int, timeout unix.Timespec, left *unix.Timespec, n int, e Errno) {
	c.on(fd, "recvmmsg")
	if e != 0 {
		c.Pointer(sliceAddress(headers))
	} else {
		c.batch(headers, msgs[:n], n, true)
	}
	c.Uint(uint64(len(msgs)))
	c.MessageFlags(cInt(flags))
	result := ""
	if left == nil {
		c.Pointer(0)
	} else {
		c.Timespec(&timeout)
		result = "left " + strace.TimespecText(left)
	}
	if n == 0 {
		result = "Timeout"
	}
	c.endWith(n, e, result)
}

// batch writes an array of struct mmsghdr, of which the first n were sent or received.
func (c *tracedCall) batch(headers []mmsghdr, msgs []*batchMsg, n int, received bool) {
	if headers == nil {
		c.Pointer(0)
		return
	}
	c.Array(len(msgs), func(i int) {
		m := sentMessage(&msgs[i].Msg)
		if received {
			m = receivedMessage(&msgs[i].Msg, &headers[i].header, int(headers[i].length))
		}
		length := strace.NoLimit
		if i < n {
			length = int(headers[i].length)
		}
		c.IsRoute = c.IsRoute || m.IsNetlink() && c.askRoute()
		c.BatchMessage(&m, length)
	})
}
