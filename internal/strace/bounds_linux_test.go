package strace

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// longestLine is the upper bound of a line: lineLimit, and an item that begins just before it.
const longestLine = 48 << 10

func netlinkMessage(typ, flags uint16, data string) []byte {
	e := binary.NativeEndian
	p := e.AppendUint16(e.AppendUint16(e.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(data))), typ), flags)
	return append(e.AppendUint32(e.AppendUint32(p, 1), 0), data...)
}

// nestedErrors returns netlink error messages, each of which contains the next as the message that it is about.
func nestedErrors(levels int) []byte {
	b := bytes.Repeat(netlinkMessage(unix.NLMSG_ERROR, 0, "\xff\xff\xff\xff"), levels)
	for i := range levels {
		binary.NativeEndian.PutUint32(b[20*i:], uint32(20*(levels-i)))
	}
	return b
}

// cmsg returns a control message with its padding.
func cmsg(level, typ int, data []byte) []byte {
	header := make([]byte, cmsgHeader)
	if wordSize == 4 {
		binary.NativeEndian.PutUint32(header, uint32(cmsgHeader+len(data)))
	} else {
		binary.NativeEndian.PutUint64(header, uint64(cmsgHeader+len(data)))
	}
	binary.NativeEndian.PutUint32(header[wordSize:], uint32(level))
	binary.NativeEndian.PutUint32(header[wordSize+4:], uint32(typ))
	b := append(header, data...)
	return append(b, make([]byte, -len(b)&(wordSize-1))...)
}

func netlinkAddress() []byte {
	sa := make([]byte, unix.SizeofSockaddrNetlink)
	binary.NativeEndian.PutUint16(sa, unix.AF_NETLINK)
	return sa
}

func sent(name []byte, bufs [][]byte, control []byte) *Message {
	n := uint32(len(name))
	return &Message{Name: name, NameBefore: n, NameLength: n, Buffers: bufs, Limit: NoLimit, Control: control, ControlLength: len(control)}
}

// A line's length is bounded for every input.
func TestBounds(t *testing.T) {
	const size = 4 << 20
	errors, done := nestedErrors(size/20), netlinkMessage(unix.NLMSG_DONE, 0, "done")
	link := netlinkMessage(unix.RTM_NEWLINK, 0, strings.Repeat("x", unix.SizeofIfInfomsg+64))
	links := slices.Repeat([][]byte{bytes.Repeat(link, 40)}, 1024)
	many := sent(netlinkAddress(), links, bytes.Repeat(cmsg(unix.SOL_SOCKET, unix.SCM_RIGHTS, bytes.Repeat([]byte{7, 0, 0, 0}, 200)), 40))
	control := func(b []byte) func(*Line) {
		return func(l *Line) { l.Message(sent(nil, [][]byte{done}, b)) }
	}
	option := func(level, number int) func(*Line) {
		return func(l *Line) {
			l.Setsockopt(Option{Level: level, Number: number, Value: bytes.Repeat([]byte{1}, size)}, size)
		}
	}
	for name, write := range map[string]func(*Line){
		"nested errors": func(l *Line) { l.Netlink(errors) },
		"many messages": func(l *Line) { l.Netlink(bytes.Repeat(done, size/len(done))) },
		"errors about many": func(l *Line) {
			l.Netlink(netlinkMessage(unix.NLMSG_ERROR, 0, strings.Repeat(string(errors[:4000]), 1000)))
		},
		"many buffers":           func(l *Line) { l.Message(sent(netlinkAddress(), links, nil)) },
		"a batch":                func(l *Line) { l.Array(1024, func(int) { l.BatchMessage(many, 7) }) },
		"many control messages":  control(bytes.Repeat(cmsg(unix.SOL_SOCKET, unix.SCM_CREDENTIALS, make([]byte, 12)), size/32)),
		"empty control messages": control(bytes.Repeat(cmsg(0, 0, nil), size/cmsgHeader)),
		"a long security label":  control(cmsg(unix.SOL_SOCKET, unix.SCM_SECURITY, bytes.Repeat([]byte{1}, size))),
		"many descriptors":       control(cmsg(unix.SOL_SOCKET, unix.SCM_RIGHTS, bytes.Repeat([]byte{0, 0, 0, 64}, size/4))),
		"many IP options":        control(cmsg(unix.IPPROTO_IP, unix.IP_RECVOPTS, bytes.Repeat([]byte{1}, size))),
		"a long option":          option(unix.SOL_NETLINK, 99),
		"a long option of bytes": option(unix.SOL_SOCKET, unix.SO_BINDTODEVICE),
		"many descriptors polled": func(l *Line) {
			l.Pollfds(slices.Repeat([]unix.PollFd{{Fd: -1}}, 200))
		},
	} {
		t.Run(name, func(t *testing.T) {
			line := New("call", noNames)
			line.IsRoute = true
			write(&line)
			text := line.End(0, 0, "")
			if len(text) > longestLine {
				t.Errorf("the line has %d bytes, want at most %d: %.200s...", len(text), longestLine, text)
			}
			if n := strings.Count(text, "error="); n > 1+depthLimit*arrayLimit {
				t.Errorf("the line nests %d errors, want at most %d: %.200s...", n, 1+depthLimit*arrayLimit, text)
			}
		})
	}
}

// Nested messages are shown up to depthLimit.
func TestNestedErrors(t *testing.T) {
	for _, tt := range []struct{ levels, shown int }{{1, 0}, {2, 1}, {8, 7}, {9, 8}, {10, 8}, {200, 8}} {
		line := New("call", noNames)
		line.Netlink(nestedErrors(tt.levels))
		if got := strings.Count(line.End(0, 0, ""), "error="); got != tt.shown {
			t.Errorf("line of %d nested errors shows %d, want %d", tt.levels, got, tt.shown)
		}
	}
}
