package sock_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// spellings are bytes that C spells in many ways, and lengths about that where a line cuts them.
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
		newRing(t, 1) // so that a machine without one is said to have none
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
		check(t, Close(b))
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

var messageTraces = []traceCase{
	{"messages", func(t *testing.T) func() {
		a, b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0")), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		to := name(t, b)
		return func() {
			Sendmsg(a, &Msg{Name: to, Iov: [][]byte{[]byte("one"), nil, {}, []byte(strings.Repeat("two", 20))}}, MSG_CONFIRM)
			Recvmsg(b, &Msg{Iov: [][]byte{make([]byte, 2), make([]byte, 100), make([]byte, 9)}}, 0)
			Sendmsg(a, &Msg{Name: to}, 0)
			Recvmsg(b, &Msg{}, 0)
			many := make([][]byte, 40)
			for i := range many {
				many[i] = []byte{byte(i)}
			}
			Sendmsg(a, &Msg{Name: to, Iov: many}, 0)
			Recvmsg(b, &Msg{Iov: many, Control: make([]byte, 64)}, MSG_TRUNC)
			Recvmsg(b, &Msg{Iov: many}, MSG_DONTWAIT)
			Sendmsg(-1, &Msg{Iov: many[:2]}, 0)
			Sendmsg(a, &Msg{Iov: many[:1]}, 0)
		}
	}},
	{"control that is sent", simply(func() {
		cmsg := func(level, typ int, data string) []byte { return AppendCmsg(nil, level, typ, []byte(data)) }
		for _, control := range [][]byte{
			AppendRights(nil, 0, 1, 2), AppendRights(nil), cmsg(SOL_SOCKET, SCM_CREDENTIALS, "\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x8f"),
			cmsg(SOL_SOCKET, SCM_CREDENTIALS, "\x01"), cmsg(SOL_SOCKET, SCM_SECURITY, "label\x00"), cmsg(SOL_SOCKET, SCM_TXTIME, "12345678"),
			cmsg(SOL_SOCKET, SCM_TIMESTAMP, strings.Repeat("\x01\x00\x00\x00", 4)), cmsg(SOL_SOCKET, SCM_TIMESTAMPNS, strings.Repeat("\x01\x00\x00\xf0", 4)),
			cmsg(SOL_SOCKET, SCM_TIMESTAMP, "short"), cmsg(SOL_SOCKET, SCM_TIMESTAMPING, strings.Repeat("\x01\x00\x00\x00\x02\x00\x00\x00", 6)), cmsg(SOL_SOCKET, SCM_TIMESTAMPING, "short"),
			cmsg(SOL_SOCKET, unix.SO_TIMESTAMP_NEW, strings.Repeat("\x01", 16)), cmsg(SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, strings.Repeat("\x01", 16)), cmsg(SOL_SOCKET, unix.SO_TIMESTAMPING_NEW, strings.Repeat("\x01", 48)),
			cmsg(SOL_SOCKET, 99, "data"), cmsg(IPPROTO_IP, 99, "data"), cmsg(IPPROTO_IPV6, 50, "data"), cmsg(7777, -1, "data"), cmsg(IPPROTO_UDP, 103, "\x01\x00"),
			AppendControl(nil, CMSG_IP_PKTINFO, InPktinfo{Ifindex: 1, SpecDst: netip.MustParseAddr("127.0.0.1")}), AppendControl(nil, CMSG_IP_TTL, 64), cmsg(IPPROTO_IP, unix.IP_TTL, "\x01"),
			cmsg(IPPROTO_IP, unix.IP_TOS, "\x10\x00\x20"), cmsg(IPPROTO_IP, unix.IP_RECVOPTS, "\x01"), cmsg(IPPROTO_IP, unix.IP_RETOPTS, strings.Repeat("\x02", 40)), cmsg(IPPROTO_IP, unix.IP_CHECKSUM, "\x01\x02\x03\x04"),
			cmsg(IPPROTO_IP, unix.IP_RECVERR, strings.Repeat("\x02\x00", 16)), cmsg(IPPROTO_IP, unix.IP_RECVERR, "\x02"), cmsg(IPPROTO_IP, unix.IP_RECVORIGDSTADDR, "\x02\x00\x00\x50\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"), cmsg(IPPROTO_IP, SCM_SECURITY, "l"),
			append(AppendControl(nil, CMSG_IP_TTL, 1), AppendRights(nil, 7)...), append(AppendControl(nil, CMSG_IP_TTL, 1), 1, 2, 3), []byte("short"),
			AppendCmsg(nil, 1, 1, nil)[:CmsgLen(0)], append(make([]byte, CmsgLen(0)), "zero"...), make([]byte, CmsgLen(0)),
		} {
			Sendmsg(-1, &Msg{Iov: [][]byte{{'x'}}, Control: control}, 0)
		}
	})},
	{"control that comes", func(t *testing.T) func() {
		a, b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0")), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		to := name(t, b)
		for _, o := range []Option[bool]{SO_TIMESTAMP, SO_RXQ_OVFL, IP_RECVTTL, IP_RECVTOS, IP_PKTINFO, IP_RECVORIGDSTADDR} {
			check(t, Setsockopt(b, o, true))
		}
		return func() {
			for range 2 {
				Sendmsg(a, &Msg{Name: to, Iov: [][]byte{[]byte("x")}, Control: AppendControl(nil, CMSG_IP_TTL, 3)}, 0)
			}
			Recvmsg(b, &Msg{Iov: [][]byte{make([]byte, 4)}, Control: make([]byte, 512)}, 0)
			Recvmsg(b, &Msg{Iov: [][]byte{make([]byte, 4)}, Control: make([]byte, 50)}, 0)
		}
	}},
	{"timestamps", func(t *testing.T) func() {
		a, b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0")), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		to := name(t, b)
		check(t, Setsockopt(b, SO_TIMESTAMPING, SoTimestamping{Flags: unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE}))
		check(t, Setsockopt(b, SO_TIMESTAMPNS, true))
		return func() {
			Sendto(a, []byte("x"), 0, to)
			Recvmsg(b, &Msg{Iov: [][]byte{make([]byte, 4)}, Control: make([]byte, 512)}, 0)
		}
	}},
	{"error queue", func(t *testing.T) func() {
		fd := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		fd6 := bound(t, AF_INET6, SOCK_DGRAM, inet("[::1]:0"))
		check(t, Setsockopt(fd, IP_RECVERR, true))
		check(t, Setsockopt(fd6, IPV6_RECVERR, true))
		return func() {
			Connect(fd, inet("127.0.0.1:1"))
			Connect(fd6, inet("[::1]:1"))
			for _, fd := range []int{fd, fd6} {
				Send(fd, []byte("nobody"), 0)
				Poll([]Pollfd{{Fd: int32(fd), Events: POLLIN}}, 1000)
				Recvmsg(fd, &Msg{Iov: [][]byte{make([]byte, 16)}, Control: make([]byte, 512)}, MSG_ERRQUEUE)
				SocketError(fd)
			}
		}
	}},
	{"descriptors and credentials", func(t *testing.T) func() {
		a, b := pair(t, SOCK_STREAM)
		check(t, Setsockopt(b, SO_PASSCRED, true))
		return func() {
			SendFds(a, []byte("fds"), a, b)
			m := Msg{Iov: [][]byte{make([]byte, 16)}, Control: make([]byte, 512)}
			Recvmsg(b, &m, 0)
			for c := range Cmsgs(m.Control) {
				for _, fd := range ParseRights(c) {
					Close(fd)
				}
			}
			RecvFds(b, make([]byte, 4), -1)
		}
	}},
	{"netlink messages", func(t *testing.T) func() {
		needNetlinkDiag(t)
		fd := rtnetlink(t, 0)
		check(t, Setsockopt(fd, NETLINK_PKTINFO, true))
		return func() {
			Sendmsg(fd, &Msg{Name: Netlink(0, 0), Iov: [][]byte{[]byte("short")}}, 0)
			Recvmsg(fd, &Msg{Iov: [][]byte{make([]byte, 64)}, Control: make([]byte, 64)}, MSG_DONTWAIT)
		}
	}},
	{"batches", func(t *testing.T) func() {
		a, b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0")), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		to := name(t, b)
		out, in := NewBatch(3, 16), NewBatch(8, 16)
		in.SetControlSize(64)
		check(t, Setsockopt(b, IP_RECVTTL, true))
		return func() {
			for i := range 3 {
				out.Msg(i).Name = to
				out.Msg(i).Iov[0] = []byte(spellings[i+1])
			}
			Sendmmsg(a, out, MSG_DONTWAIT)
			Recvmmsg(b, in, MSG_WAITFORONE, nil)
			SendBatch(a, out, 0)
			in.Resize(2)
			timeout := unix.NsecToTimespec(int64(5 * time.Second))
			Recvmmsg(b, in, 0, &timeout)
			Recvmmsg(b, in, MSG_DONTWAIT, &timeout)
			Recvmmsg(b, in, MSG_DONTWAIT, &timeout)
			Sendmmsg(-1, out, 0)
			Recvmmsg(-1, in, 0, nil)
			Sendmmsg(a, NewBatch(0, 0), 0)
			Recvmmsg(b, NewBatch(0, 0), 0, nil)
			large := NewBatch(40, 1)
			for i := range 40 {
				large.Msg(i).Name = to
			}
			Sendmmsg(a, large, 0)
			Recvmmsg(b, large, MSG_DONTWAIT, nil)
		}
	}},
}

// needNetlinkDiag skips the test where the kernel doesn't tell strace the protocol of a socket of netlink.
func needNetlinkDiag(t *testing.T) {
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_SOCK_DIAG)
	const byFamily, allProtocols, sizeRequest = 20, "\xff", 20
	request := "\x10" + allProtocols + strings.Repeat("\x00", sizeRequest-2)
	sendTo(t, fd, netlinkMessage(byFamily, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, request), Netlink(0, 0))
	p, _ := receiveFrom(t, fd)
	if typ := binary.NativeEndian.Uint16(p[4:]); typ != byFamily {
		t.Skip("this kernel has no netlink_diag")
	}
}

func netlinkMessage(typ, flags uint16, data string) []byte {
	e := binary.NativeEndian
	p := e.AppendUint16(e.AppendUint16(e.AppendUint32(nil, uint32(sizeMessage+len(data))), typ), flags)
	return append(e.AppendUint32(e.AppendUint32(p, 1), 0), data...)
}
