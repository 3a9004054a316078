package strace

import (
	"golang.org/x/sys/unix"
)

// Message is a struct msghdr: as it was sent, or as it was passed to a receive and came back.
type Message struct {
	Name                   []byte // the address's bytes
	NameAddress            uintptr
	NameBefore, NameLength uint32
	Buffers                [][]byte
	Limit                  int // how many bytes of the buffers have data
	Control                []byte
	ControlAddress         uintptr
	ControlLength          int
	Flags                  int32
}

// IsNetlink reports whether the message has a netlink address, and so netlink messages in its buffers.
func (m *Message) IsNetlink() bool { return address(m.Name).is(unix.AF_NETLINK, familySize) }

// NoLimit as a Limit means that all bytes of the buffers have data.
const NoLimit = -1

const cmsgHeader = wordSize + 8 // sizeof(struct cmsghdr)

// Message appends a message that was sent or received.
func (t *Line) Message(m *Message) { t.message("", m) }

// UnknownMessage appends a message that wasn't received.
func (t *Line) UnknownMessage() {
	t.open("", "{")
	t.uint("msg_namelen", sockaddrMax)
	t.raw("}")
}

// BatchMessage appends a struct mmsghdr, without the length if that is NoLimit.
func (t *Line) BatchMessage(m *Message, length int) {
	t.open("", "{")
	t.message("msg_hdr", m)
	if length != NoLimit {
		t.uint("msg_len", uint64(length))
	}
	t.raw("}")
}

func (t *Line) message(name string, m *Message) {
	sa := address(m.Name)
	t.open(name, "{")
	if m.NameBefore > 0 && m.NameLength < familySize {
		t.pointer("msg_name", m.NameAddress)
	} else {
		t.sockaddr("msg_name", sa)
	}
	t.changed("msg_namelen", m.NameBefore, m.NameLength, true)
	t.buffers(m.Buffers, m.Limit, m.IsNetlink())
	t.uint("msg_iovlen", uint64(len(m.Buffers)))
	if m.ControlLength > 0 {
		t.control(m.Control[:min(m.ControlLength, len(m.Control))], m.ControlAddress)
	}
	t.uint("msg_controllen", uint64(m.ControlLength))
	t.flags("msg_flags", uint64(uint32(m.Flags)), "MSG_???", messageFlagNames)
	t.raw("}")
}

// buffers appends an array of struct iovec.
func (t *Line) buffers(bufs [][]byte, limit int, isNetlink bool) {
	t.open("msg_iov", "[")
	for i, p := range bufs {
		if t.endsAt(i) {
			t.text("", "...")
			break
		}
		length := len(p)
		if limit != NoLimit {
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

// control appends control messages, the last of which may be cut.
func (t *Line) control(b []byte, address uintptr) {
	if len(b) < cmsgHeader {
		t.pointer("msg_control", address)
		return
	}
	t.open("msg_control", "[")
	rest := b
	for len(rest) >= cmsgHeader && len(t.b) <= lineLimit {
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
		rest = rest[min(uint64((end+wordSize-1)&^(wordSize-1)), uint64(len(rest))):]
	}
	if len(rest) > 0 {
		t.text("", "... /* ")
		t.appendHex(uint64(address) + uint64(len(b)-len(rest)))
		t.raw(" */")
	}
	t.raw("]")
}
