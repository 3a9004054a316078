package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// activated is a command that hands sockets to a program as systemd does: sd_listen_fds(3).
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

// listeners makes sockets to be handed over, one for every transport, and tells their addresses.
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
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, nonblock := range []bool{false, true} {
			t.Run(fmt.Sprintf("nonblock=%v", nonblock), func(t *testing.T) {
				fds, addrs := listeners(t, nonblock)
				server := cmdtest.StartProgram(t, activated(t, fds, "", cmdtest.Build(t, "echoserver"), "-engine", engine))
				wantEchoes(t, addrs)
				if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 || strings.Contains(server.Stderr(), "grace is over") {
					t.Errorf("exit code %d: %s", state.ExitCode(), server.Stderr())
				}
				for _, addr := range addrs {
					if path, ok := strings.CutPrefix(addr, "unix://"); ok {
						if _, err := os.Lstat(path); err != nil {
							t.Errorf("the file of a socket that isn't the server's is gone: %v", err)
						}
					}
				}
				// The sockets are as they were for the next server.
				cmdtest.StartProgram(t, activated(t, fds, "", cmdtest.Build(t, "echoserver"), "-engine", engine))
				wantEchoes(t, addrs)
			})
		}
	})
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

// A server that inherits sockets may have no standard input, output and error.
func TestClosedStandardDescriptors(t *testing.T) {
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

// Both kinds of listeners, inherited and its own, serve at once.
func TestInheritedAndOwn(t *testing.T) {
	fds, addrs := listeners(t, false)
	server := cmdtest.StartProgram(t, activated(t, fds[:1], "", cmdtest.Build(t, "echoserver"), "-listen", "tcp://127.0.0.1:0"))
	server.Addrs = append(server.Addrs, addrs[0])
	wantEchoes(t, server.Addrs)
}

// What can't be served ends the server, with the reason.
func TestBadInheritance(t *testing.T) {
	unconnected, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(unconnected)
	datagrams, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(datagrams)
	file, err := os.Open(filepath.Join(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tests := []struct {
		name, want string
		fd         int
		args       []string
	}{
		{"not a socket", "descriptor 3 of LISTEN_FDS: getsockname: ENOTSOCK", int(file.Fd()), nil},
		{"doesn't listen", "descriptor 3 of LISTEN_FDS: the socket doesn't listen", unconnected, nil},
		{"mode", "descriptor 3 of LISTEN_FDS: -mode message: udp has no connections", datagrams, []string{"-mode", "message"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := activated(t, []int{tt.fd}, "", append([]string{cmdtest.Build(t, "echoserver")}, tt.args...)...)
			var stderr strings.Builder
			server.Stderr = &stderr
			server.Run()
			if code := server.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("exit code %d, %q; want 1 and %q", code, stderr.String(), tt.want)
			}
		})
	}
}

// Sockets that are meant for another process are left alone.
func TestOthersInheritance(t *testing.T) {
	cmd := exec.Command("env", "LISTEN_PID=1", "LISTEN_FDS=1", cmdtest.Build(t, "echoserver"), "-listen", "tcp://127.0.0.1:0")
	wantEcho(t, cmdtest.StartProgram(t, cmd).Addr(), []byte("Hello"))
}
