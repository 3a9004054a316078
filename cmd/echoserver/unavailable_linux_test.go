package main_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// refusedOption is setsockopt(2) of one option.
func refusedOption(level, name int) cmdtest.Call {
	return cmdtest.Call{Number: unix.SYS_SETSOCKOPT, Args: map[int]int{1: level, 2: name}}
}

// A socket option that the kernel lacks, or a sandbox refuses, is one that the server does without: MPTCP has TCP_NODELAY
// since Linux 5.17, and TCP_KEEPIDLE since 6.10. With -v it says so, once for each listener.
func TestOptionNotAvailable(t *testing.T) {
	tests := []struct {
		option        string
		level, number int
	}{
		{"TCP_NODELAY", sock.IPPROTO_TCP, unix.TCP_NODELAY},
		{"TCP_KEEPIDLE", sock.IPPROTO_TCP, unix.TCP_KEEPIDLE},
		{"TCP_KEEPINTVL", sock.IPPROTO_TCP, unix.TCP_KEEPINTVL},
		{"TCP_KEEPCNT", sock.IPPROTO_TCP, unix.TCP_KEEPCNT},
		{"SO_KEEPALIVE", sock.SOL_SOCKET, unix.SO_KEEPALIVE},
		{"SO_OOBINLINE", sock.SOL_SOCKET, unix.SO_OOBINLINE},
	}
	for _, tt := range tests {
		for _, errno := range []sock.Errno{sock.EOPNOTSUPP, sock.ENOPROTOOPT, sock.EPERM} {
			t.Run(tt.option+" "+sock.ErrnoName(errno), func(t *testing.T) {
				cmd := cmdtest.Refused(t, errno, []cmdtest.Call{refusedOption(tt.level, tt.number)}, cmdtest.Build(t, "echoserver"),
					"-v", "-keepalive", "60s", "-listen", "tcp://127.0.0.1:0")
				server := cmdtest.StartProgram(t, cmd)
				for range 2 {
					fd := dial(t, server.Addr())
					send(t, fd, []byte("Hello"))
					shutdown(t, fd)
					wantAnswer(t, fd, []byte("Hello"))
				}
				server.WaitLogs("closed", 2)
				if n := strings.Count(server.Stderr(), "option="+tt.option+" err=\""+sock.ErrnoName(errno)); n != 1 {
					t.Errorf("%d lines about the option, want one: %s", n, server.Stderr())
				}
			})
		}
	}
}
