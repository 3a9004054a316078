package main_test

import (
	"net/netip"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	busy := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-listen", "udp://127.0.0.1:0")
	tests := []struct {
		name string
		want string
		args []string
	}{
		{"port in use", "bind " + busy.Addrs[0] + ": EADDRINUSE (", []string{"-listen", busy.Addrs[0]}},
		{"udp port in use", "bind " + busy.Addrs[1] + ": EADDRINUSE (", []string{"-listen", busy.Addrs[1]}},
		{"not our address", "bind tcp://192.0.2.1:6543: EADDRNOTAVAIL (", []string{"-listen", "tcp://192.0.2.1:6543"}},
		{"no such directory", "bind unix:///nowhere/socket: ENOENT (", []string{"-listen", "unix:///nowhere/socket"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFailure(t, tt.want, tt.args...) })
	}
}

func TestPrivilegedPort(t *testing.T) {
	t.Parallel()
	socktest.NeedUsers(t)
	const port = 1023
	fd := newSocket(t, sock.AF_INET, sock.SOCK_STREAM)
	must(t, sock.Setsockopt(fd, sock.SO_REUSEADDR, true))
	if err := sock.Bind(fd, sock.Inet(netip.AddrPortFrom(netip.IPv4Unspecified(), port))); err != nil {
		t.Skipf("port %d is in use: %v", port, err)
	}
	wantRefusal(t, 1, "bind tcp://127.0.0.1:1023: EACCES (", unprivileged(t, "-listen", "tcp://127.0.0.1:1023"))
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want string
		args []string
	}{
		{"-nonsense", []string{"-nonsense"}},
		{"unexpected argument", []string{"tcp://127.0.0.1:0"}},
		{"port 70000 is out of range: want 0 to 65535", []string{"-listen", "tcp://127.0.0.1:70000"}},
		{"the host is missing: want HOST:6543, or :6543", []string{"-listen", "6543"}},
		{"the port is missing: want 127.0.0.1:PORT", []string{"-listen", "tcp://127.0.0.1"}},
		{"the address is empty", []string{"-listen", ""}},
		{"the path is missing", []string{"-listen", "unix://"}},
		{`unknown transport "http": want tcp,`, []string{"-listen", "http://127.0.0.1:80"}},
		{`unknown engine "magic": want epoll, goroutines, iterative or threads`, []string{"-engine", "magic"}},
		{`unknown mode "magic": want stream or message`, []string{"-mode", "magic"}},
		{"-backlog -1", []string{"-backlog", "-1"}},
		{"-max-message: not a size such as", []string{"-max-message", "1KB"}},
		{"-max-message: not a size such as", []string{"-max-message", "-1"}},
		{"-spool-memory: not a size such as", []string{"-spool-memory", "1e3"}},
		{"-buffer: must be between 1 and 1GiB", []string{"-buffer", "0"}},
		{"-max-conns -1: must not be negative", []string{"-max-conns", "-1"}},
		{"-spool-dir: the path is missing", []string{"-spool-dir", ""}},
		{"-keepalive: want IDLE,INTERVAL,COUNT", []string{"-keepalive", "1s,2s,0"}},
		{"-keepalive: IDLE and INTERVAL must be at most 32767s", []string{"-keepalive", "10h"}},
		{"-keepalive: IDLE and INTERVAL must be at most 32767s, COUNT at most 127", []string{"-keepalive", "1s,1s,128"}},
		{"-unix-mode: not a mode such as 0660", []string{"-unix-mode", "rw"}},
		{"-unix-owner: want USER, USER:GROUP or :GROUP", []string{"-unix-owner", "root:"}},
		{"-unix-mode and -unix-owner are for the files of unix sockets", []string{"-unix-mode", "0600"}},
		{"no -listen has such a path", []string{"-unix-mode", "0600", "-listen", "unix:@x", "-listen", "tcp://127.0.0.1:0"}},
		{"no -listen has such a path", []string{"-unix-owner", ":0", "-listen", "unix:@x"}},
		{"unknown user", []string{"-unix-owner", "no such user"}},
		{`unknown log format "xml": want text or json`, []string{"-log-format", "xml"}},
		{"-mode message: udp has no connections", []string{"-mode", "message", "-listen", "udp://127.0.0.1:0"}},
		{"-mode message: unixgram has no connections", []string{"-mode", "message", "-listen", "unixgram:@x"}},
		{"must not be negative", []string{"-grace", "-1s"}},
		{"must not be negative", []string{"-idle-timeout", "-1s"}},
		{"-busy-poll", []string{"-engine", "threads", "-busy-poll", "50us"}},
		{"-coalesce needs -engine epoll: threads", []string{"-engine", "threads", "-coalesce", "20us"}},
		{"-coalesce and -busy-poll", []string{"-coalesce", "20us", "-busy-poll", "50us"}},
		{"must not be negative", []string{"-busy-poll", "-1us"}},
		{"-coalesce -1µs: must be between 0 and 1ms", []string{"-coalesce", "-1us"}},
		{"-coalesce 1.001ms: must be between 0 and 1ms", []string{"-coalesce", "1001us"}},
		{"not a time such as", []string{"-grace", "soon"}},
		{`invalid value "-1" for flag -idle-timeout: not a time such as`, []string{"-idle-timeout", "-1"}},
		{`invalid value "99999999999999999999999" for flag -grace: not a time such as`, []string{"-grace", "99999999999999999999999"}},
		{`invalid value "5" for flag -idle-timeout: the unit is missing: 5s means seconds`, []string{"-idle-timeout", "5"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			wantRefusal(t, 64, tt.want, cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), tt.args...))
		})
	}
}

// -version prints one line for bug reports, whatever other flags there are.
func TestVersion(t *testing.T) {
	t.Parallel()
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), "-v", "-version")
	want := regexp.MustCompile(`^echoserver \S+ go\S+ ` + runtime.GOOS + "/" + runtime.GOARCH + "\n$")
	if got.Code != 0 || got.Stderr != "" || !want.MatchString(got.Stdout) {
		t.Errorf("exit code %d, standard error %q, standard output %q; want 0, \"\" and output like %s", got.Code, got.Stderr, got.Stdout, want)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	result := cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), "-h")
	if result.Code != 0 || result.Stderr != "" || !strings.Contains(result.Stdout, "-idle-timeout") {
		t.Errorf("exit code %d, standard error %q; want 0, \"\" and help with -idle-timeout:\n%s", result.Code, result.Stderr, result.Stdout)
	}
}

// wantFailure runs a server that can't start, and checks that it says why in one line.
func wantFailure(t *testing.T, want string, args ...string) {
	t.Helper()
	wantRefusal(t, 1, want, cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), args...))
}

func wantRefusal(t *testing.T, code int, want string, result cmdtest.Result) {
	t.Helper()
	oneLine := strings.Count(result.Stderr, "\n") == 1 && strings.HasSuffix(result.Stderr, "\n")
	if result.Code != code || !oneLine || !strings.Contains(result.Stderr, want) || result.Stdout != "" {
		t.Errorf("exit code %d, standard error %q, standard output %q; want %d and one line with %q",
			result.Code, result.Stderr, result.Stdout, code, want)
	}
}

// unprivileged runs a server as an unprivileged user.
func unprivileged(t *testing.T, args ...string) cmdtest.Result {
	t.Helper()
	return cmdtest.Run(t, nil, "setpriv", append([]string{"--reuid", "65534", "--clear-groups", "--bounding-set", "-all",
		cmdtest.Build(t, "echoserver")}, args...)...)
}
