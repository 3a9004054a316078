package main_test

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// refusedOption is setsockopt(2) of one option.
func refusedOption(level, name int) cmdtest.Call {
	return cmdtest.Call{Number: unix.SYS_SETSOCKOPT, Args: map[int]int{1: level, 2: name}}
}

// The server works without socket options that the kernel lacks or a sandbox refuses: MPTCP has TCP_NODELAY since Linux
// 5.17, and TCP_KEEPIDLE since 6.10. With -v it logs that once per listener.
func TestOptionNotAvailable(t *testing.T) {
	t.Parallel()
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
		{"SO_REUSEADDR", sock.SOL_SOCKET, unix.SO_REUSEADDR},
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
					t.Errorf("%d lines about the option, want one:\n%s", n, server.Stderr())
				}
			})
		}
	}
}

// The server works without the calls that move bulk inside the kernel.
func TestBulkCallsRefused(t *testing.T) {
	t.Parallel()
	calls := []cmdtest.Call{{Number: unix.SYS_SPLICE}, {Number: unix.SYS_SENDFILE}}
	message := pattern(2 << 20)
	errnos := []sock.Errno{sock.ENOSYS, sock.EPERM, sock.EACCES, sock.EOPNOTSUPP, sock.ENOPROTOOPT, sock.EINVAL}
	if testing.Short() {
		errnos = errnos[:2]
	}
	for _, errno := range errnos {
		t.Run(sock.ErrnoName(errno), func(t *testing.T) {
			t.Parallel()
			forEachServer(t, func(t *testing.T, engine, mode string) {
				server := cmdtest.StartProgram(t, cmdtest.Refused(t, errno, calls, cmdtest.Build(t, "echoserver"),
					"-engine", engine, "-mode", mode, "-spool-memory", "0", "-listen", "tcp://127.0.0.1:0"))
				fd := dial(t, server.Addr())
				sent := sendToEnd(t, fd, message)
				wantAnswer(t, fd, message)
				sent()
			})
		})
	}
}

// A listener on all addresses serves those that are available.
func TestIPv6Refused(t *testing.T) {
	t.Parallel()
	v6only := refusedOption(sock.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	tests := []struct {
		name   string
		call   cmdtest.Call
		listen string // the address that the server prints
	}{
		{"socket", cmdtest.Call{Number: unix.SYS_SOCKET, Args: map[int]int{0: sock.AF_INET6}}, "0.0.0.0:"},
		{"IPV6_V6ONLY", v6only, "[::]:"},
	}
	for _, tt := range tests {
		if len(available([]string{"tcp://" + tt.listen})) == 0 {
			continue
		}
		for _, transport := range []string{"tcp://", "udp://"} {
			t.Run(tt.name+" "+transport, func(t *testing.T) {
				t.Parallel()
				server := cmdtest.StartProgram(t, cmdtest.Refused(t, sock.EPERM, []cmdtest.Call{tt.call}, cmdtest.Build(t, "echoserver"),
					"-listen", transport+"[::]:0"))
				if !strings.HasPrefix(server.Addr(), transport+tt.listen) {
					t.Errorf("the server listens on %s, want %s", server.Addr(), transport+tt.listen)
				}
				wantEchoes(t, []string{transport + "127.0.0.1:" + port(server.Addr())})
			})
		}
	}
}

// Without poll(2), the engine that waits in Go's scheduler still sleeps when idle, and stops when told to.
func TestPollRefused(t *testing.T) {
	t.Parallel()
	server, _ := startInjected(t, "/^p?poll$:error=EPERM", "-engine", "goroutines", "-grace", "1h",
		"-listen", "tcp://127.0.0.1:0", "-listen", "udp://127.0.0.1:0")
	wantEchoes(t, server.Addrs)
	wantCalm(t, server)
	if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
		t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
	}
}
