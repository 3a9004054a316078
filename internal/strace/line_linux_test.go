package strace

import (
	"encoding/binary"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// noNames is the ifname of a machine without interfaces.
func noNames(uint32) string { return "" }

// someNames is the ifname of a machine with one interface.
func someNames(index uint32) string {
	if index == 1 {
		return "lo"
	}
	return ""
}

// sockaddrOf returns an address's bytes: the family in native byte order, and data.
func sockaddrOf(family uint16, rest string) []byte {
	return append(binary.NativeEndian.AppendUint16(nil, family), rest...)
}

// ints returns 32-bit numbers in native byte order.
func ints(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return b
}

// Each call's bytes and numbers make strace's line.
func TestLine(t *testing.T) {
	linger := Option{Level: unix.SOL_SOCKET, Number: unix.SO_LINGER, Name: "SO_LINGER", Value: ints(1, 5)}
	timestamp := Option{Level: unix.SOL_SOCKET, Number: unix.SO_TIMESTAMP, Name: "SO_TIMESTAMP", Value: ints(1)}
	newer := Option{Level: unix.SOL_SOCKET, Number: unix.SO_PASSPIDFD, Name: "SO_PASSPIDFD", Value: ints(1)}
	for _, tt := range []struct {
		want  string
		n     int
		errno syscall.Errno
		write func(*Line)
	}{
		{"AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3", 3, 0, func(l *Line) {
			l.Family(unix.AF_INET)
			l.SocketType(unix.SOCK_STREAM | unix.SOCK_CLOEXEC)
			l.Protocol(unix.AF_INET, unix.IPPROTO_TCP)
		}},
		{"0x4d /* AF_??? */, 0x9 /* SOCK_??? */, 7) = -1 EAFNOSUPPORT (Address family not supported by protocol)", -1, unix.EAFNOSUPPORT, func(l *Line) {
			l.Family(77)
			l.SocketType(9)
			l.Protocol(77, 7)
		}},
		{`{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0`, 0, 0, func(l *Line) {
			l.Sockaddr(sockaddrOf(unix.AF_INET, "\x00\x50\x7f\x00\x00\x01"+strings.Repeat("\x00", 8)))
		}},
		{`{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "fe80::1", &sin6_addr), sin6_scope_id=if_nametoindex("lo")}, 28) = 0`, 0, 0, func(l *Line) {
			l.Sockaddr(append(sockaddrOf(unix.AF_INET6, "\x00\x50\x00\x00\x00\x00\xfe\x80"+strings.Repeat("\x00", 13)+"\x01"), ints(1)...))
		}},
		{`{sa_family=AF_UNIX, sun_path=@"a\0007b"}, 7) = 0`, 0, 0, func(l *Line) { l.Sockaddr(sockaddrOf(unix.AF_UNIX, "\x00a\x007b")) }},
		{"NULL, 0) = 0", 0, 0, func(l *Line) { l.Sockaddr(nil) }},
		{`{sa_family=AF_UNIX}, [128 => 2]) = 4`, 4, 0, func(l *Line) { l.Received(sockaddrOf(unix.AF_UNIX, ""), 0x1000, 2, true) }},
		{"0x1000, [128]) = -1 EBADF (Bad file descriptor)", -1, unix.EBADF, func(l *Line) { l.Received(nil, 0x1000, 128, false) }},
		{`"a\n\0", 3, MSG_DONTWAIT|MSG_NOSIGNAL) = 3`, 3, 0, func(l *Line) {
			l.Buffer([]byte("a\n\x00"))
			l.Uint(3)
			l.MessageFlags(unix.MSG_NOSIGNAL | unix.MSG_DONTWAIT)
		}},
		{`"` + strings.Repeat("x", 32) + `"..., 33) = 0`, 0, 0, func(l *Line) {
			l.Buffer([]byte(strings.Repeat("x", 33)))
			l.Uint(33)
		}},
		{"SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0", 0, 0, func(l *Line) { l.Setsockopt(linger, 8) }},
		{"SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, [16 => 8]) = 0", 0, 0, func(l *Line) { l.Getsockopt(linger, 16, 8, true) }},
		{"SOL_SOCKET, SO_TIMESTAMP_OLD, [1], 4) = 0", 0, 0, func(l *Line) { l.Setsockopt(timestamp, 4) }},
		{"SOL_SOCKET, 0x4c /* SO_??? */, [1], 4) = 0", 0, 0, func(l *Line) { l.Setsockopt(newer, 4) }},
		{"[{fd=3, events=POLLIN}, {fd=-1}], 2) = 0 (Timeout)", 0, 0, func(l *Line) {
			l.Pollfds([]unix.PollFd{{Fd: 3, Events: unix.POLLIN}, {Fd: -1, Events: unix.POLLIN}})
		}},
		{`{msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="ab", iov_len=2}], msg_iovlen=1, msg_controllen=0, msg_flags=0}) = 2`, 2, 0, func(l *Line) {
			l.Message(sent(nil, [][]byte{[]byte("ab")}, nil))
		}},
		{`[{nlmsg_len=20, nlmsg_type=NLMSG_DONE, nlmsg_flags=0, nlmsg_seq=1, nlmsg_pid=0}, 7]) = 20`, 20, 0, func(l *Line) {
			l.Netlink(netlinkMessage(unix.NLMSG_DONE, 0, string(ints(7))))
		}},
		{`[{nlmsg_len=24, nlmsg_type=RTM_GETADDR, nlmsg_flags=NLM_F_DUMP, nlmsg_seq=1, nlmsg_pid=0}, {ifa_family=AF_INET, ifa_prefixlen=0, ifa_flags=0, ifa_scope=RT_SCOPE_UNIVERSE, ifa_index=if_nametoindex("lo")}]) = 24`, 24, 0, func(l *Line) {
			l.IsRoute = true
			l.Netlink(netlinkMessage(unix.RTM_GETADDR, unix.NLM_F_DUMP, "\x02\x00\x00\x00"+string(ints(1))))
		}},
		{`"\x73\x68\x6f\x72\x74") = 5`, 5, 0, func(l *Line) { l.Netlink([]byte("short")) }},
	} {
		line := New("call", someNames)
		tt.write(&line)
		comment := ""
		if strings.HasSuffix(tt.want, "(Timeout)") {
			comment = Ready(nil, 0, nil)
		}
		got := strings.Join(strings.Fields(line.End(tt.n, tt.errno, comment)), " ")
		if want := "call(" + tt.want; got != want {
			t.Errorf("line =\n%s, want\n%s", got, want)
		}
	}
}

// The result is aligned to a column, except after a longer line.
func TestResultColumn(t *testing.T) {
	line := New("close", noNames)
	line.CInt(7)
	if got, want := line.End(0, 0, ""), "close(7)"+strings.Repeat(" ", 32)+"= 0"; got != want {
		t.Errorf("line = %q, want %q", got, want)
	}
}

// Bytes look like netlink's if they begin with a complete message.
func TestLooksLikeNetlink(t *testing.T) {
	message := netlinkMessage(unix.NLMSG_NOOP, 0, "data")
	for _, tt := range []struct {
		name string
		p    []byte
		want bool
	}{
		{"a message", message, true},
		{"a message and more", append(message, 1, 2, 3), true},
		{"a header", netlinkMessage(unix.NLMSG_NOOP, 0, ""), true},
		{"a message that is cut", message[:len(message)-1], false},
		{"a header that is cut", message[:15], false},
		{"zeros", make([]byte, 64), false},
		{"text", []byte("GET / HTTP/1.1\r\nHost: example.com\r\n"), false},
		{"nothing", nil, false},
	} {
		if got := LooksLikeNetlink(tt.p); got != tt.want {
			t.Errorf("%s: LooksLikeNetlink = %t, want %t", tt.name, got, tt.want)
		}
	}
}
