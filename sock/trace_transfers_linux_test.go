package sock_test

import (
	"os"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// spellings has bytes with different escapes in C, and lengths around the limit of a line.
var spellings = []string{
	"", "Hello, world", "\"\\\n\r\t\v\f\a\b\x00\x1b\x7f\x80\xff", "\x001\x018\x07\x0a7", strings.Repeat("x", 31), strings.Repeat("x", 32),
	strings.Repeat("x", 33), strings.Repeat("\x00", 32) + "7", "\u00e9\u4e16",
}

var transferTraces = []traceCase{
	{"texts", func(t *testing.T) func() {
		a, b := pair(t, SOCK_DGRAM)
		return func() {
			for _, s := range spellings {
				Send(a, []byte(s), 0)
				Recv(b, make([]byte, 64), 0)
			}
			Send(a, nil, 0)
			Recv(b, nil, 0)
		}
	}},
	{"flags", func(t *testing.T) func() {
		a, b := pair(t, SOCK_STREAM)
		return func() {
			for bit := range 32 {
				Send(a, []byte("f"), 1<<bit|MSG_DONTWAIT)
				Recv(b, make([]byte, 4), 1<<bit|MSG_DONTWAIT)
			}
			Recv(b, make([]byte, 4), -1)
		}
	}},
	{"udp", func(t *testing.T) func() {
		a, b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0")), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		to, p := name(t, b), make([]byte, 8)
		return func() {
			Sendto(a, []byte("a datagram that is cut"), 0, to)
			Recvfrom(b, p, MSG_TRUNC)
			Recvfrom(b, p, MSG_DONTWAIT)
			Recvfrom(-1, p, 0)
			Sendto(a, make([]byte, 70000), 0, to)
			Sendto(a, nil, MSG_CONFIRM, to)
			Recvfrom(b, nil, 0)
		}
	}},
	{"ring", func(t *testing.T) func() {
		newRing(t, 1) // skips the case if there is no io_uring
		a, b := pair(t, SOCK_STREAM)
		return func() {
			r, _ := NewRing(3)
			for _, entries := range []int{1, 0, -1, 1<<15 + 1, 1 << 15} {
				if other, err := NewRing(entries); err == nil {
					other.Close()
				}
			}
			for range 5 {
				r.Send(a, []byte("x"), 0)
				r.Recv(b, make([]byte, 4), MSG_PEEK)
			}
			r.Submit()
			r.Submit()
			r.Recv(-1, nil, 0)
			r.Submit()
			r.Close()
			r.Close()
		}
	}},
	{"errno names", func(t *testing.T) func() {
		a, b := pair(t, SOCK_STREAM)
		l, _ := listener(t)
		shut(t, b)
		return func() {
			Send(a, []byte("x"), 0)
			Send(0, []byte("x"), 0)
			Recv(l, make([]byte, 1), 0)
			Shutdown(l, SHUT_RD)
			Socketpair(AF_INET, SOCK_STREAM, 0)
			Getsockopt(a, TCP_NODELAY)
		}
	}},
	{"files", func(t *testing.T) func() {
		a, b := pair(t, SOCK_STREAM)
		file, err := os.CreateTemp(t.TempDir(), "")
		check(t, err)
		t.Cleanup(func() { file.Close() })
		file.WriteString(strings.Repeat("file", 20))
		in := int(file.Fd())
		return func() {
			offset := int64(3)
			Sendfile(a, in, &offset, 10)
			Sendfile(a, in, &offset, 0)
			Sendfile(a, in, nil, 10)
			offset = 1 << 40
			Sendfile(a, in, &offset, 10)
			offset = -1
			Sendfile(a, in, &offset, 10)
			Sendfile(-1, in, nil, 5)
			SendfileAll(a, in, 0, 12)
			SendfileAll(a, a, 0, 12)
			Recv(b, make([]byte, 100), 0)
		}
	}},
	{"splice", func(t *testing.T) func() {
		a, b := pair(t, SOCK_STREAM)
		c, d := pair(t, SOCK_STREAM)
		var pipe [2]int
		check(t, unix.Pipe2(pipe[:], unix.O_CLOEXEC))
		t.Cleanup(func() { Close(pipe[0]); Close(pipe[1]) })
		return func() {
			Send(a, []byte("spliced"), 0)
			Splice(b, nil, pipe[1], nil, 100, SPLICE_F_MOVE|SPLICE_F_MORE)
			Splice(pipe[0], nil, c, nil, 100, SPLICE_F_NONBLOCK|SPLICE_F_GIFT|16)
			offset := int64(-5)
			Splice(b, &offset, pipe[1], nil, 100, 0)
			Splice(-1, nil, -1, &offset, 0, 0)
			Send(a, []byte("relayed"), 0)
			Shutdown(a, SHUT_WR)
			Relay(c, b)
			Recv(d, make([]byte, 100), 0)
		}
	}},
	{"relay by copy", func(t *testing.T) func() {
		a, b := pair(t, SOCK_STREAM)
		file, err := os.OpenFile(t.TempDir()+"/f", os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		check(t, err)
		t.Cleanup(func() { file.Close() })
		return func() {
			Send(a, []byte(strings.Repeat("copied ", 9)), 0)
			Shutdown(a, SHUT_WR)
			Relay(int(file.Fd()), b)
			SendfileAll(int(file.Fd()), int(file.Fd()), 2, 5)
			Relay(-1, -1)
		}
	}},
	{"netlink", func(t *testing.T) func() {
		needNetlinkDiag(t)
		fd := rtnetlink(t, 0)
		return func() {
			askLink(t, fd, unix.RTM_GETLINK, 0, 1<<30, 0)
			Recv(fd, make([]byte, 4096), 0)
			Recv(fd, make([]byte, 4096), MSG_DONTWAIT)
			askLink(t, fd, unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, 1, 1)
			Recv(fd, make([]byte, 4096), 0)
			check(t, Setsockopt(fd, NETLINK_CAP_ACK, true))
			askLink(t, fd, unix.RTM_DELLINK, unix.NLM_F_ACK, 1<<30, 0)
			Recv(fd, make([]byte, 4096), 0)
			for _, p := range [][]byte{
				[]byte("short"), nil, netlinkMessage(unix.RTM_GETLINK, 0x300, "\x07"), netlinkMessage(unix.RTM_GETADDR, 0x300, "\x02"), netlinkMessage(unix.RTM_GETADDR, 1, "\x02\x18\x82\xfd\x01\x00\x00\x00"),
				netlinkMessage(unix.NLMSG_NOOP, 0, ""), netlinkMessage(unix.NLMSG_DONE, 2, "\x01\x00\x00\x00"), netlinkMessage(9, 0xffff, "abc"), netlinkMessage(unix.RTM_SETLINK, 0xffff, ""), netlinkMessage(0x7fff, 0x300, ""),
				append(netlinkMessage(unix.NLMSG_NOOP, 0, ""), netlinkMessage(unix.NLMSG_OVERRUN, 0, "")...), append(netlinkMessage(unix.NLMSG_NOOP, 0, ""), 1, 2, 3), make([]byte, 24),
			} {
				Send(fd, p, 0)
				Recv(fd, make([]byte, 4096), MSG_DONTWAIT)
			}
		}
	}},
}
