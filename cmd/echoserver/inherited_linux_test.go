package main_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// activated returns a command that passes sockets to a program as systemd does: sd_listen_fds(3).
func activated(t *testing.T, fds []int, redirect string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ LISTEN_FDS=$0 exec "$@" ` + redirect, fmt.Sprint(len(fds))}, args...)...)
	for _, fd := range fds {
		nfd, err := sock.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		file := os.NewFile(uintptr(nfd), "listener")
		t.Cleanup(func() { file.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	return cmd
}

// listeners returns sockets to pass to a server, one per transport, and their addresses.
func listeners(t *testing.T, nonblock bool) (fds []int, addrs []string) {
	t.Helper()
	transports := append(connections(t), "udp4://127.0.0.1:0", "unixgram://"+t.TempDir()+"/datagram")
	for _, transport := range transports {
		e, err := sock.ParseEndpoint(transport)
		if err != nil {
			t.Fatal(err)
		}
		sa, err := sock.ParseSockaddr(transport)
		if err != nil {
			t.Fatal(err)
		}
		fd, err := sock.Socket(sa.Family(), e.Type, e.Protocol)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close(fd) })
		if err := sock.Bind(fd, sa); err != nil {
			t.Fatal(err)
		}
		if !e.Datagram() {
			err = sock.Listen(fd, 10)
		}
		if err == nil {
			err = sock.SetNonblock(fd, nonblock)
		}
		if err != nil {
			t.Fatal(err)
		}
		if sa, err = sock.Getsockname(fd); err != nil {
			t.Fatal(err)
		}
		fds, addrs = append(fds, fd), append(addrs, e.URL(sa))
	}
	return fds, addrs
}

func TestInheritedSockets(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, nonblock := range []bool{false, true} {
			t.Run(fmt.Sprintf("nonblock=%v", nonblock), func(t *testing.T) {
				fds, addrs := listeners(t, nonblock)
				server := cmdtest.StartProgram(t, activated(t, fds, "", cmdtest.Build(t, "echoserver"), "-engine", engine))
				wantEchoes(t, addrs)
				if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 || strings.Contains(server.Stderr(), "grace period over") {
					t.Errorf("exit code = %d, want 0 before the grace period is over; log:\n%s", state.ExitCode(), server.Stderr())
				}
				for _, addr := range addrs {
					if path, ok := strings.CutPrefix(addr, "unix://"); ok {
						if _, err := os.Lstat(path); err != nil {
							t.Errorf("the server removed the file of an inherited socket: %v", err)
						}
					}
				}
				// The next server finds the sockets unchanged.
				cmdtest.StartProgram(t, activated(t, fds, "", cmdtest.Build(t, "echoserver"), "-engine", engine))
				wantEchoes(t, addrs)
			})
		}
	})
}

// servedAs returns the URL that a server logs for an inherited socket, which doesn't show whether it was meant for one
// version of IP only.
func servedAs(addr string) string {
	return strings.NewReplacer("tcp4:", "tcp:", "tcp6:", "tcp:", "udp4:", "udp:").Replace(addr)
}

func wantEchoes(t *testing.T, addrs []string) {
	t.Helper()
	for _, addr := range addrs {
		e, err := sock.ParseEndpoint(addr)
		if err != nil {
			t.Fatal(err)
		}
		if !e.Datagram() {
			wantEcho(t, addr, []byte("inherited"))
			continue
		}
		fd := dial(t, addr)
		send(t, fd, []byte("inherited"))
		wantDatagram(t, fd, []byte("inherited"))
	}
}

// A server that inherits sockets works without standard input, output and error.
func TestClosedStandardDescriptors(t *testing.T) {
	t.Parallel()
	for _, closed := range []string{"0<&-", "1>&-", "2>&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"} {
		t.Run(closed, func(t *testing.T) {
			fds, addrs := listeners(t, false)
			server := activated(t, fds, closed, cmdtest.Build(t, "echoserver"), "-v")
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			wantEchoes(t, addrs)
			server.Process.Signal(syscall.SIGTERM)
			if err := server.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Inherited and other listeners are served at the same time.
func TestInheritedAndOwn(t *testing.T) {
	t.Parallel()
	fds, addrs := listeners(t, false)
	server := cmdtest.StartProgram(t, activated(t, fds[:1], "", cmdtest.Build(t, "echoserver"), "-listen", "tcp://127.0.0.1:0"))
	server.Addrs = append(server.Addrs, addrs[0])
	wantEchoes(t, server.Addrs)
}

// A socket that can't be served ends the server, which logs the reason.
func TestBadInheritance(t *testing.T) {
	t.Parallel()
	unnamed := newSocket(t, sock.AF_UNIX, sock.SOCK_DGRAM)
	pair, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(t, err)
	defer sock.Close(pair[0])
	defer sock.Close(pair[1])
	connected := newSocket(t, sock.AF_INET, sock.SOCK_DGRAM)
	must(t, sock.Connect(connected, sock.Inet(netip.MustParseAddrPort("127.0.0.1:9"))))
	tests := []struct {
		name, want string
		fd         int
		args       []string
	}{
		{"not a socket", "descriptor 3 of LISTEN_FDS: getsockname: ENOTSOCK", int(openFile(t, "/", os.O_RDONLY).Fd()), nil},
		{"doesn't listen", "descriptor 3 of LISTEN_FDS: the socket doesn't listen", newSocket(t, sock.AF_INET, sock.SOCK_STREAM), nil},
		{"connected", "descriptor 3 of LISTEN_FDS: the socket is connected", pair[0], nil},
		{"connected datagrams", "descriptor 3 of LISTEN_FDS: the socket is connected", connected, nil},
		{"not bound", "descriptor 3 of LISTEN_FDS: the socket isn't bound", newSocket(t, sock.AF_INET, sock.SOCK_DGRAM), nil},
		{"without a name", "descriptor 3 of LISTEN_FDS: the socket isn't bound", unnamed, nil},
		{"mode", "descriptor 3 of LISTEN_FDS: -mode message: udp has no connections", newSocket(t, sock.AF_INET, sock.SOCK_DGRAM), []string{"-mode", "message"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantRefusal(t, 1, tt.want, runActivated(t, []int{tt.fd}, tt.args...))
		})
	}
	t.Run("family", func(t *testing.T) {
		fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_RAW, 0)
		if err == sock.EAFNOSUPPORT {
			t.Skip("netlink(7) is refused:", err)
		}
		must(t, err)
		defer sock.Close(fd)
		wantRefusal(t, 1, "descriptor 3 of LISTEN_FDS: sockets of family 16, type 3 and protocol 0 are not supported", runActivated(t, []int{fd}))
	})
}

// runActivated runs a server that can't start.
func runActivated(t *testing.T, fds []int, args ...string) cmdtest.Result {
	t.Helper()
	var stdout, stderr strings.Builder
	server := activated(t, fds, "", append([]string{cmdtest.Build(t, "echoserver")}, args...)...)
	server.Stdout, server.Stderr = &stdout, &stderr
	timer := time.AfterFunc(cmdtest.Patience, func() { server.Process.Kill() })
	defer timer.Stop()
	server.Run()
	return cmdtest.Result{Code: server.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

func newSocket(t *testing.T, family, typ int) int {
	t.Helper()
	fd, err := sock.Socket(family, typ, 0)
	must(t, err)
	t.Cleanup(func() { sock.Close(fd) })
	return fd
}

// Sockets that are meant for another process are left alone, and the log says so.
func TestOthersInheritance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		env  []string
		want string
	}{
		{[]string{"LISTEN_PID=1", "LISTEN_FDS=1"}, "LISTEN_FDS is meant for process 1, and this is "},
		{[]string{"LISTEN_FDS=1"}, "LISTEN_FDS is set without LISTEN_PID: ignoring it"},
	}
	for _, tt := range tests {
		cmd := exec.Command("env", append(tt.env, cmdtest.Build(t, "echoserver"), "-listen", "tcp://127.0.0.1:0")...)
		server := cmdtest.StartProgram(t, cmd)
		wantEcho(t, server.Addr(), []byte("Hello"))
		server.WaitLog(tt.want)
	}
}

// The server also logs that the service manager passes no sockets.
func TestNoInheritance(t *testing.T) {
	t.Parallel()
	server := cmdtest.StartProgram(t, activated(t, nil, "", cmdtest.Build(t, "echoserver"), "-listen", "tcp://127.0.0.1:0"))
	server.WaitLog("LISTEN_FDS is 0")
}

// With -v the log has the name of each descriptor; errors have it too.
func TestNamedInheritance(t *testing.T) {
	t.Setenv("LISTEN_FDNAMES", "web:mail")
	fds, addrs := listeners(t, false)
	server := cmdtest.StartProgram(t, activated(t, fds[:2], "", cmdtest.Build(t, "echoserver"), "-v"))
	for i, name := range []string{"web", "mail"} {
		server.WaitLog(fmt.Sprintf("msg=inherited listener=%s descriptor=\"%d (%s)\"", servedAs(addrs[i]), 3+i, name))
	}
	bad := []int{fds[0], newSocket(t, sock.AF_INET, sock.SOCK_STREAM)}
	wantRefusal(t, 1, "descriptor 4 (mail) of LISTEN_FDS: the socket doesn't listen", runActivated(t, bad))
}

// New clients can't reach an inherited socket whose file is gone: the server logs that at the start or when it happens.
func TestInheritedSocketWithoutFile(t *testing.T) {
	t.Parallel()
	const line = "the socket's file is gone or replaced"
	for _, before := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "socket")
		fd := newSocket(t, sock.AF_UNIX, sock.SOCK_STREAM)
		sa, err := sock.Unix(path)
		must(t, err)
		must(t, sock.Bind(fd, sa))
		must(t, sock.Listen(fd, 10))
		if before {
			must(t, os.Remove(path))
		}
		server := cmdtest.StartProgram(t, activated(t, []int{fd}, "", cmdtest.Build(t, "echoserver")))
		if !before {
			wantEcho(t, server.Addr(), []byte("inherited"))
			must(t, os.Remove(path))
		}
		server.WaitLog(line)
		server.Stop(syscall.SIGTERM)
		if n := strings.Count(server.Stderr(), line); n != 1 {
			t.Errorf("%d such lines, want one:\n%s", n, server.Stderr())
		}
	}
}
