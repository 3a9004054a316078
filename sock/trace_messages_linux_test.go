package sock_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

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
	{"sent control messages", simply(func() {
		cmsg := func(level, typ int, data string) []byte { return AppendCmsg(nil, level, typ, []byte(data)) }
		for _, control := range [][]byte{
			AppendRights(nil, 0, 1, 2), AppendRights(nil), cmsg(SOL_SOCKET, SCM_CREDENTIALS, "\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x8f"),
			cmsg(SOL_SOCKET, SCM_CREDENTIALS, "\x01"), cmsg(SOL_SOCKET, SCM_SECURITY, "label\x00"), cmsg(SOL_SOCKET, SCM_TXTIME, "12345678"),
			cmsg(SOL_SOCKET, SCM_TIMESTAMP, strings.Repeat("\x01\x00\x00\x00", 4)), cmsg(SOL_SOCKET, SCM_TIMESTAMPNS, strings.Repeat("\x01\x00\x00\xf0", 4)),
			cmsg(SOL_SOCKET, SCM_TIMESTAMP, "short"), cmsg(SOL_SOCKET, SCM_TIMESTAMPING, strings.Repeat("\x01\x00\x00\x00\x02\x00\x00\x00", 6)), cmsg(SOL_SOCKET, SCM_TIMESTAMPING, "short"),
			cmsg(SOL_SOCKET, unix.SO_TIMESTAMP_NEW, strings.Repeat("\x01", 16)), cmsg(SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, strings.Repeat("\x01", 16)), cmsg(SOL_SOCKET, unix.SO_TIMESTAMPING_NEW, strings.Repeat("\x01", 48)),
			cmsg(SOL_SOCKET, 99, "data"), cmsg(IPPROTO_IP, 99, "data"), cmsg(IPPROTO_IPV6, 50, "data"), cmsg(7777, -1, "data"), cmsg(IPPROTO_UDP, 103, "\x01\x00"),
			CMSG_IP_PKTINFO.Append(nil, InPktinfo{Ifindex: 1, SpecDst: netip.MustParseAddr("127.0.0.1")}), CMSG_IP_TTL.Append(nil, 64), cmsg(IPPROTO_IP, unix.IP_TTL, "\x01"),
			cmsg(IPPROTO_IP, unix.IP_TOS, "\x10\x00\x20"), cmsg(IPPROTO_IP, unix.IP_RECVOPTS, "\x01"), cmsg(IPPROTO_IP, unix.IP_RETOPTS, strings.Repeat("\x02", 40)), cmsg(IPPROTO_IP, unix.IP_CHECKSUM, "\x01\x02\x03\x04"),
			cmsg(IPPROTO_IP, unix.IP_RECVERR, strings.Repeat("\x02\x00", 16)), cmsg(IPPROTO_IP, unix.IP_RECVERR, "\x02"), cmsg(IPPROTO_IP, unix.IP_RECVORIGDSTADDR, "\x02\x00\x00\x50\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"), cmsg(IPPROTO_IP, SCM_SECURITY, "l"),
			append(CMSG_IP_TTL.Append(nil, 1), AppendRights(nil, 7)...), append(CMSG_IP_TTL.Append(nil, 1), 1, 2, 3), []byte("short"),
			AppendCmsg(nil, 1, 1, nil)[:CmsgLen(0)], append(make([]byte, CmsgLen(0)), "zero"...), make([]byte, CmsgLen(0)),
		} {
			Sendmsg(-1, &Msg{Iov: [][]byte{{'x'}}, Control: control}, 0)
		}
	})},
	{"received control messages", func(t *testing.T) func() {
		a, b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0")), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
		to := name(t, b)
		for _, o := range []Option[bool]{SO_TIMESTAMP, SO_RXQ_OVFL, IP_RECVTTL, IP_RECVTOS, IP_PKTINFO, IP_RECVORIGDSTADDR} {
			check(t, Setsockopt(b, o, true))
		}
		return func() {
			for range 2 {
				Sendmsg(a, &Msg{Name: to, Iov: [][]byte{[]byte("x")}, Control: CMSG_IP_TTL.Append(nil, 3)}, 0)
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
				fds, _ := ParseRights(c)
				for _, fd := range fds {
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

// needNetlinkDiag skips the test if strace cannot ask the kernel for a netlink socket's protocol.
func needNetlinkDiag(t *testing.T) {
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_SOCK_DIAG)
	const byFamily, allProtocols, sizeRequest = 20, "\xff", 20
	request := "\x10" + allProtocols + strings.Repeat("\x00", sizeRequest-2)
	sendTo(t, fd, netlinkMessage(byFamily, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, request), Netlink(0, 0))
	p, _ := receiveFrom(t, fd)
	if typ := binary.NativeEndian.Uint16(p[4:]); typ != byFamily {
		t.Skip("the kernel lacks netlink_diag")
	}
}

func netlinkMessage(typ, flags uint16, data string) []byte {
	e := binary.NativeEndian
	p := e.AppendUint16(e.AppendUint16(e.AppendUint32(nil, uint32(sizeMessage+len(data))), typ), flags)
	return append(e.AppendUint32(e.AppendUint32(p, 1), 0), data...)
}

// A trace shows what a batch received, also into a message that its owner had changed.
func TestTraceOfChangedBatch(t *testing.T) {
	a, b := pair(t, SOCK_DGRAM)
	in := NewBatch(2, 8)
	in.SetControlSize(0)
	send(t, a, "one")
	receiveBatch(t, b, in, 1)
	*in.Msg(1) = Msg{Iov: [][]byte{[]byte("changed")}}
	send(t, a, "two")
	send(t, a, "three")
	lines := linesOf(func() { receiveBatch(t, b, in, 2) })
	if len(lines) != 1 || !strings.Contains(lines[0], `{iov_base="three", iov_len=8}`) {
		t.Errorf("traced %q, want three in a buffer of 8", lines)
	}
}

// A batch can be received into again after the function of SetTrace panicked.
func TestTracePanics(t *testing.T) {
	a, b := pair(t, SOCK_DGRAM)
	in := NewBatch(1, 8)
	in.SetControlSize(64)
	send(t, a, "one")
	func() {
		defer func() { recover() }()
		defer SetTrace(nil)
		SetTrace(func(string) { panic("trace") })
		Recvmmsg(b, in, MSG_DONTWAIT, nil)
	}()
	check(t, Setsockopt(b, SO_PASSCRED, true))
	send(t, a, "two")
	receiveBatch(t, b, in, 1)
	if m := in.Msg(0); m.Flags&MSG_CTRUNC != 0 || len(m.Control) == 0 {
		t.Errorf("flags %#x, %d bytes of control messages; want credentials", m.Flags, len(m.Control))
	}
}

func receiveBatch(t *testing.T, fd int, in *Batch, want int) {
	t.Helper()
	if n, err := Recvmmsg(fd, in, MSG_DONTWAIT, nil); n != want || err != nil {
		t.Fatalf("Recvmmsg = %d, %v; want %d", n, err, want)
	}
}
