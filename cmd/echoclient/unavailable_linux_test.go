package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// without runs a client for which the kernel refuses a call.
func without(t *testing.T, errno sock.Errno, call cmdtest.Call, addr string, args ...string) cmdtest.Result {
	t.Helper()
	return cmdtest.RunRefused(t, errno, []cmdtest.Call{call}, cmdtest.Build(t, "echoclient"), append([]string{"-addr", addr}, args...)...)
}

// A load works without newer calls: epoll_pwait2 came with Linux 5.11; io_uring, which many containers forbid, with 5.1.
func TestLoadCallNotAvailable(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	errnos := []sock.Errno{sock.ENOSYS, sock.EPERM}
	if testing.Short() {
		errnos = errnos[:1]
	}
	for name, number := range map[string]int{
		"epoll_pwait2":   unix.SYS_EPOLL_PWAIT2,
		"io_uring_setup": unix.SYS_IO_URING_SETUP,
		"io_uring_enter": unix.SYS_IO_URING_ENTER,
		"prctl":          unix.SYS_PRCTL,
		"prlimit64":      unix.SYS_PRLIMIT64,
		"getrusage":      unix.SYS_GETRUSAGE,
		"getsockname":    unix.SYS_GETSOCKNAME,
		"getpeername":    unix.SYS_GETPEERNAME,
	} {
		for _, errno := range errnos {
			t.Run(name+" "+sock.ErrnoName(errno), func(t *testing.T) {
				for _, args := range [][]string{{"-n", "20", "-c", "5"}, {"-n", "20", "-rate", "2000"}, {"-n", "20", "-reconnect"}} {
					got := without(t, errno, cmdtest.Call{Number: number}, addr, args...)
					if got.Code != exitOK || got.Stderr != "" || !strings.Contains(got.Stdout, "messages  20, ") {
						t.Errorf("echoclient %v: %+v, want 20 messages", args, got)
					}
				}
			})
		}
	}
}

// In a kernel that picks no names for sockets of AF_UNIX, the client picks its own.
func TestNoAutobind(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "unixgram:"+abstractName()).Addr()
	autobind := cmdtest.Call{Number: unix.SYS_BIND, Args: map[int]int{2: 2}} // an address of the family alone
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-v", "Hello"}, "Hello\n"},
		{[]string{"-n", "20", "-c", "5"}, "messages  20, "},
		{[]string{"-doctor"}, "unixgram:@echoclient-"},
	} {
		if got := without(t, sock.EINVAL, autobind, addr, tt.args...); got.Code != exitOK || !strings.Contains(got.Stdout, tt.want) {
			t.Errorf("echoclient %v: %+v, want %q", tt.args, got, tt.want)
		}
	}
}

// A connection works without a socket option that is refused. The report, or -v, says so once.
func TestOptionNotAvailable(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	option := func(level, name int) cmdtest.Call {
		return cmdtest.Call{Number: unix.SYS_SETSOCKOPT, Args: map[int]int{1: level, 2: name}}
	}
	tests := []struct {
		name string
		call cmdtest.Call
		load bool // an option of loads, not of conversations
	}{
		{"TCP_NODELAY", option(unix.IPPROTO_TCP, unix.TCP_NODELAY), true},
		{"IP_BIND_ADDRESS_NO_PORT", option(unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT), true},
		{"IP_BIND_ADDRESS_NO_PORT", option(unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT), false},
		{"SO_LINGER", option(unix.SOL_SOCKET, unix.SO_LINGER), false},
		{"getsockname", cmdtest.Call{Number: unix.SYS_GETSOCKNAME}, false},
	}
	for _, tt := range tests {
		for _, errno := range []sock.Errno{sock.EOPNOTSUPP, sock.ENOPROTOOPT, sock.EPERM} {
			t.Run(fmt.Sprintf("%s load=%t %s", tt.name, tt.load, sock.ErrnoName(errno)), func(t *testing.T) {
				said := tt.name + ": " + sock.ErrnoName(errno) + " ("
				if !tt.load {
					got := without(t, errno, tt.call, addr, "-v", "-source", "127.0.0.1", "Hello")
					if got.Code != exitOK || got.Stdout != "Hello\n" || strings.Count(got.Stderr, "not available here: "+said) != 1 {
						t.Errorf("echoclient: %+v, want %q once", got, said)
					}
					return
				}
				got := without(t, errno, tt.call, addr, "-json", "-n", "20", "-c", "5", "-threads", "2", "-source", "127.0.0.1")
				var r report
				check(t, json.Unmarshal([]byte(got.Stdout), &r))
				if got.Code != exitOK || r.Messages != 20 || len(r.Lacking) != 1 || !strings.HasPrefix(r.Lacking[0], said) {
					t.Errorf("echoclient: %+v, want %q once", got, said)
				}
				text := without(t, errno, tt.call, addr, "-n", "1", "-source", "127.0.0.1")
				if !strings.Contains(text.Stdout, "\nwithout   "+said) {
					t.Errorf("echoclient: %+v, want a line about %s", text, tt.name)
				}
			})
		}
	}
}

// -doctor omits facts that the kernel doesn't report.
func TestDoctorOptionNotAvailable(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, option := range []struct {
		level, name int
		fact        string
	}{
		{unix.IPPROTO_TCP, unix.TCP_INFO, "round_trip_us"},
		{unix.IPPROTO_TCP, unix.TCP_CONGESTION, "congestion_control"},
	} {
		call := cmdtest.Call{Number: unix.SYS_GETSOCKOPT, Args: map[int]int{1: option.level, 2: option.name}}
		got := without(t, sock.ENOPROTOOPT, call, addr, "-doctor", "-json")
		var d diagnosis
		check(t, json.Unmarshal([]byte(got.Stdout), &d))
		if got.Code != exitOK || len(d.Checks) != 3 || slices.ContainsFunc(d.Kernel, func(f fact) bool { return f.Name == option.fact }) {
			t.Errorf("echoclient -doctor: %+v, want all facts except %s", got, option.fact)
		}
	}
}

// If the kernel refuses an indispensable call, one line names it.
func TestCallNecessary(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	option := func(name int) cmdtest.Call {
		return cmdtest.Call{Number: unix.SYS_SETSOCKOPT, Args: map[int]int{1: unix.SOL_SOCKET, 2: name}}
	}
	for name, call := range map[string]cmdtest.Call{
		"socket":                 {Number: unix.SYS_SOCKET},
		"connect":                {Number: unix.SYS_CONNECT},
		"shutdown":               {Number: unix.SYS_SHUTDOWN},
		"setsockopt SO_RCVTIMEO": option(unix.SO_RCVTIMEO),
		"setsockopt SO_SNDTIMEO": option(unix.SO_SNDTIMEO),
	} {
		want := "echoclient: " + name + " " + addr + ": EPERM (operation not permitted)\n"
		for _, args := range [][]string{{"Hello"}, {"-doctor"}} {
			if got := without(t, sock.EPERM, call, addr, args...); got.Code != exitTrouble || got.Stderr != want {
				t.Errorf("echoclient %v: %+v, want exit code %d and standard error %q", args, got, exitTrouble, want)
			}
		}
	}
}

// A sandbox that interrupts each call of a kind makes no mode of the client repeat it for ever.
func TestAlwaysInterrupted(t *testing.T) {
	t.Parallel()
	addrs := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-listen", "udp4://127.0.0.1:0").Addrs
	for name, number := range map[string]int{"recvfrom": unix.SYS_RECVFROM, "sendto": unix.SYS_SENDTO} {
		for _, addr := range addrs {
			for _, args := range []string{"Hello", "-n 10", "-n 10 -reconnect", "-n 10 -rate 1000", "-doctor"} {
				if strings.HasPrefix(addr, "udp") && strings.Contains(args, "-reconnect") {
					continue
				}
				t.Run(fmt.Sprint(name, " ", addr[:3], " ", args), func(t *testing.T) {
					t.Parallel()
					got := without(t, sock.EINTR, cmdtest.Call{Number: number}, addr, append([]string{"-timeout", "300ms"}, strings.Fields(args)...)...)
					if got.Code > exitTrouble { // not ended by cmdtest
						t.Errorf("echoclient %s: %+v, want it to end by itself", args, got)
					}
				})
			}
		}
	}
}
