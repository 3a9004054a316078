package sock_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// longestLine is what no line of the trace exceeds: its own limit, and an item that begins just before it.
const longestLine = 48 << 10

// nestedErrors are messages that report an error each, of which each is about the next.
func nestedErrors(levels int) []byte {
	b := bytes.Repeat(netlinkMessage(unix.NLMSG_ERROR, 0, "\xff\xff\xff\xff"), levels)
	for i := range levels {
		binary.NativeEndian.PutUint32(b[20*i:], uint32(20*(levels-i)))
	}
	return b
}

// A line stays short, whatever is sent. The calls fail, and are shown all the same: AF_NETLINK refuses MSG_OOB.
func TestTraceBounds(t *testing.T) {
	needKernel(t) // qemu-user crashes on thousands of control messages
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_ROUTE)
	const size = 4 << 20
	errors, done := nestedErrors(size/20), netlinkMessage(unix.NLMSG_DONE, 0, "done")
	link := netlinkMessage(unix.RTM_NEWLINK, 0, strings.Repeat("x", unix.SizeofIfInfomsg+64))
	links := slices.Repeat([][]byte{bytes.Repeat(link, 40)}, 1024)
	batch := NewBatch(1024, 0)
	for i := range 1024 {
		*batch.Msg(i) = Msg{Name: Netlink(0, 0), Iov: links, Control: bytes.Repeat(AppendRights(nil, slices.Repeat([]int{7}, 200)...), 40)}
	}
	message := func(control []byte) func() {
		return func() { Sendmsg(fd, &Msg{Iov: [][]byte{done}, Control: control}, MSG_OOB) }
	}
	for name, call := range map[string]func(){
		"nested errors": func() { Send(fd, errors, MSG_OOB) },
		"many messages": func() { Send(fd, bytes.Repeat(done, size/len(done)), MSG_OOB) },
		"errors about many": func() {
			Send(fd, netlinkMessage(unix.NLMSG_ERROR, 0, strings.Repeat(string(errors[:4000]), 1000)), MSG_OOB)
		},
		"many buffers":            func() { Sendmsg(fd, &Msg{Name: Netlink(0, 0), Iov: links}, MSG_OOB) },
		"a batch":                 func() { Sendmmsg(fd, batch, MSG_OOB) },
		"many control messages":   message(bytes.Repeat(AppendCmsg(nil, SOL_SOCKET, unix.SCM_CREDENTIALS, make([]byte, 12)), size/32)),
		"empty control messages":  message(bytes.Repeat(AppendCmsg(nil, 0, 0, nil), size/cmsgHeaderSize)),
		"a long security label":   message(AppendCmsg(nil, SOL_SOCKET, unix.SCM_SECURITY, bytes.Repeat([]byte{1}, size))),
		"many descriptors":        message(AppendRights(nil, slices.Repeat([]int{1 << 30}, size/4)...)),
		"many IP options":         message(AppendCmsg(nil, IPPROTO_IP, unix.IP_RECVOPTS, bytes.Repeat([]byte{1}, size))),
		"a long option":           func() { SetsockoptBytes(fd, SOL_NETLINK, 99, bytes.Repeat([]byte{1}, size)) },
		"a long option of bytes":  func() { SetsockoptBytes(fd, SOL_SOCKET, unix.SO_BINDTODEVICE, bytes.Repeat([]byte{1}, size)) },
		"many descriptors polled": func() { Poll(slices.Repeat([]Pollfd{{Fd: -1}}, 200), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, line := range linesOf(call) {
				if len(line) > longestLine {
					t.Errorf("a line of %d bytes: %.200s...", len(line), line)
				}
				if strings.Count(line, "error=") > 1+8*32 {
					t.Errorf("errors are nested %d deep: %.200s...", strings.Count(line, "error="), line)
				}
			}
		})
	}
}

const cmsgHeaderSize = 8 + 8 // at most

// Up to a depth, nested messages are shown.
func TestTraceNestedErrors(t *testing.T) {
	needKernel(t) // qemu-user swaps the bytes of such messages for ever
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_ROUTE)
	for _, tt := range []struct{ levels, shown int }{{1, 0}, {2, 1}, {8, 7}, {9, 8}, {10, 8}, {200, 8}} {
		lines := linesOf(func() { Send(fd, nestedErrors(tt.levels), MSG_OOB) })
		if got := strings.Count(lines[0], "error="); got != tt.shown {
			t.Errorf("%d levels: %d errors are shown, want %d: %s", tt.levels, got, tt.shown, lines[0])
		}
	}
}
