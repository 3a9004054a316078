package strace

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Any input makes a complete line of bounded length.
func FuzzLine(f *testing.F) {
	f.Add(unix.SOL_SOCKET, unix.SCM_RIGHTS, cmsg(unix.SOL_SOCKET, unix.SCM_RIGHTS, []byte{1, 0, 0, 0, 2, 0, 0, 0}))
	f.Add(unix.IPPROTO_IP, unix.IP_PKTINFO, cmsg(unix.IPPROTO_IP, unix.IP_TTL, []byte{64, 0, 0, 0}))
	f.Add(unix.AF_NETLINK, unix.NLMSG_ERROR, netlinkMessage(unix.NLMSG_ERROR, 0, strings.Repeat("\x01", 20)))
	f.Add(unix.AF_NETLINK, unix.NLMSG_ERROR, nestedErrors(20))
	f.Add(unix.SOL_SOCKET, unix.SCM_SECURITY, []byte("label"))
	f.Add(unix.IPPROTO_IP, unix.IP_RECVERR, make([]byte, 48))
	f.Fuzz(func(t *testing.T, level, number int, data []byte) {
		for _, write := range []func(*Line){
			func(l *Line) { l.Setsockopt(Option{Level: level, Number: number, Value: data}, int32(len(data))) },
			func(l *Line) {
				l.Getsockopt(Option{Level: level, Number: number, Value: data}, 8, uint32(len(data)), true)
			},
			func(l *Line) { l.Sockaddr(data[:min(len(data), sockaddrMax)]) },
			func(l *Line) { l.Message(sent(data[:min(len(data), sockaddrMax)], [][]byte{data}, data)) },
			func(l *Line) { l.Message(sent(netlinkAddress(), [][]byte{data}, cmsg(level, number, data))) },
			func(l *Line) { l.Netlink(data) },
		} {
			line := New("call", func(index uint32) string { return strings.Repeat("i", int(index%16)) })
			line.IsRoute = number&1 == 0
			write(&line)
			text := line.End(0, unix.EBADF, "")
			if !strings.HasSuffix(text, " = -1 EBADF (Bad file descriptor)") || strings.ContainsAny(text, "\n\x00") || len(text) > longestLine {
				t.Errorf("line = %q, want one that ends with EBADF, at most %d bytes long and without NUL or newline", text, longestLine)
			}
		}
	})
}
