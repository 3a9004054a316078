package main_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// All whom the kernel has let in are served, those whom the server hasn't accepted yet too.
func TestDrain(t *testing.T) {
	const queued = 20
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		forEachServer(t, func(t *testing.T, engine, mode string) {
			server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode, "-v", "-grace", "1m")...)
			first := dial(t, server.Addr())
			send(t, first, []byte("before"))
			server.WaitLog("accepted")

			server.Signal(syscall.SIGSTOP)
			var fds []int
			for _, addr := range server.Addrs {
				for range queued {
					fd := dial(t, addr)
					send(t, fd, []byte("queued"))
					shutdown(t, fd)
					fds = append(fds, fd)
				}
			}
			server.Signal(sig)
			server.Signal(syscall.SIGCONT)
			server.WaitLog("stopping")
			send(t, first, []byte(" and after"))
			shutdown(t, first)
			wantAnswer(t, first, []byte("before and after"))
			for _, fd := range fds {
				wantAnswer(t, fd, []byte("queued"))
			}
			if state := server.Wait(); state.ExitCode() != 0 {
				t.Errorf("exit code %d: %s", state.ExitCode(), server.Stderr())
			}
			for _, addr := range server.Addrs {
				if _, err := tryDial(t, addr); err != sock.ECONNREFUSED && err != sock.ENOENT {
					t.Errorf("connect %s after the end: %v", addr, err)
				}
			}
		})
	}
}

// However a server ends, a client that hasn't got all gets a reset, and never an end that passes for the whole.
func TestEndInMidstream(t *testing.T) {
	tests := []struct {
		name     string
		end      func(server *cmdtest.Server)
		exitCode int
	}{
		{"grace over", func(s *cmdtest.Server) { s.Signal(syscall.SIGTERM) }, 0},
		{"second signal", func(s *cmdtest.Server) {
			s.Signal(syscall.SIGTERM)
			s.WaitLog("stopping")
			s.Signal(syscall.SIGTERM)
		}, 1},
		{"killed", func(s *cmdtest.Server) { s.Signal(syscall.SIGKILL) }, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachServer(t, func(t *testing.T, engine, mode string) {
				grace := "1ms"
				if tt.name == "second signal" {
					grace = "1m"
				}
				server := cmdtest.Start(t, append(listenFlags(resettable(t)), "-engine", engine, "-mode", mode, "-v", "-grace", grace)...)
				var fds []int
				for _, addr := range server.Addrs {
					fd := dial(t, addr)
					send(t, fd, []byte("part"))
					fds = append(fds, fd)
					if engine == "iterative" {
						break // the next would wait for this one
					}
				}
				for _, fd := range fds {
					if mode == "message" {
						break // nothing comes back yet
					}
					if _, err := sock.RecvFull(fd, make([]byte, 4)); err != nil {
						t.Fatal(err)
					}
				}
				tt.end(server)
				for _, fd := range fds {
					wantReset(t, fd)
				}
				if code := server.Wait().ExitCode(); code != tt.exitCode {
					t.Errorf("exit code %d, want %d: %s", code, tt.exitCode, server.Stderr())
				}
			})
		})
	}
}

// resettable has the addresses of connections that are for transports with a reset.
func resettable(t *testing.T) (addrs []string) {
	for _, addr := range connections(t) {
		if !strings.HasPrefix(addr, "unix") {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// A server comes back at once on the port where its earlier connections are in TIME_WAIT.
func TestRestart(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		fd := dial(t, server.Addr())
		send(t, fd, []byte("x"))
		server.Stop(syscall.SIGKILL)
		again := cmdtest.Start(t, "-engine", engine, "-listen", server.Addr())
		wantEcho(t, again.Addr(), []byte("again"))
		again.Stop(syscall.SIGTERM)
		third := cmdtest.Start(t, "-engine", engine, "-listen", server.Addr())
		wantEcho(t, third.Addr(), []byte("and again"))
	})
}

func TestSocketFile(t *testing.T) {
	for _, network := range []string{"unix", "unixpacket", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "socket")
			url := network + "://" + path
			dead := cmdtest.Start(t, "-listen", url)
			dead.Stop(syscall.SIGKILL)
			if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
				t.Fatalf("a killed server leaves %v, %v; want its socket", info, err)
			}
			live := cmdtest.Start(t, "-listen", url) // replaces what is left of the dead one
			wantFailure(t, "bind "+url+": EADDRINUSE", "-listen", url)
			live.Stop(syscall.SIGTERM)
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the socket's file is still there at the end: %v", err)
			}
		})
	}
}

// A log that nobody reads holds up neither clients nor the end.
func TestStalledLog(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		fifo := filepath.Join(t.TempDir(), "log")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := os.OpenFile(fifo, os.O_RDWR, 0) // and never reads
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		server := cmdtest.StartProgram(t, exec.Command("sh", "-c", `exec "$@" 2>"$0"`, fifo, cmdtest.Build(t, "echoserver"),
			"-v", "-engine", engine, "-listen", "tcp://127.0.0.1:0"))
		for range 1000 { // two lines each: more than the pipe holds
			wantEcho(t, server.Addr(), []byte("x"))
		}
		if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
			t.Errorf("exit code %d", state.ExitCode())
		}
	})
}

// A server that ends leaves alone the socket file of another that has taken its place.
func TestSuccessorsSocketFile(t *testing.T) {
	url := "unix://" + filepath.Join(t.TempDir(), "socket")
	old := cmdtest.Start(t, "-listen", url)
	if err := os.Remove(strings.TrimPrefix(url, "unix://")); err != nil {
		t.Fatal(err)
	}
	cmdtest.Start(t, "-listen", url)
	old.Stop(syscall.SIGTERM)
	wantEcho(t, url, []byte("Hello"))
}

func TestOtherFilesStay(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link, dir} {
		wantFailure(t, "bind unix://"+path+": EADDRINUSE", "-listen", "unix://"+path)
	}
	if content, err := os.ReadFile(link); err != nil || string(content) != "precious" {
		t.Errorf("the file is now %q, %v", content, err)
	}
}

// What fails leaves nothing behind of what went well before.
func TestNothingLeftListening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	busy := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	wantFailure(t, "EADDRINUSE", "-listen", "unix://"+path, "-listen", busy.Addr())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket's file is left: %v", err)
	}
}

func TestFailures(t *testing.T) {
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
	socktest.NeedUsers(t)
	const port = 1023
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fd)
	if err := sock.Bind(fd, sock.Inet(netip.AddrPortFrom(netip.IPv4Unspecified(), port))); err != nil {
		t.Skipf("port %d isn't free: %v", port, err)
	}
	sock.Close(fd)
	wantRefusal(t, 1, "bind tcp://127.0.0.1:1023: EACCES (", unprivileged(t, "-listen", "tcp://127.0.0.1:1023"))
}

func TestUsage(t *testing.T) {
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
		{"-keepalive: want IDLE,INTERVAL,COUNT", []string{"-keepalive", "1s,2s,0"}},
		{"-keepalive: IDLE and INTERVAL must be at most 32767s", []string{"-keepalive", "10h"}},
		{"-keepalive: IDLE and INTERVAL must be at most 32767s, COUNT at most 127", []string{"-keepalive", "1s,1s,128"}},
		{"-unix-mode: not a mode such as 0660", []string{"-unix-mode", "rw"}},
		{"-unix-owner: want USER, USER:GROUP or :GROUP", []string{"-unix-owner", "root:"}},
		{"unknown user", []string{"-unix-owner", "no such user"}},
		{`unknown log format "xml": want text or json`, []string{"-log-format", "xml"}},
		{"-mode message: udp has no connections", []string{"-mode", "message", "-listen", "udp://127.0.0.1:0"}},
		{"-mode message: unixgram has no connections", []string{"-mode", "message", "-listen", "unixgram:@x"}},
		{"must not be negative", []string{"-grace", "-1s"}},
		{"must not be negative", []string{"-idle-timeout", "-1s"}},
		{"-busy-poll", []string{"-engine", "threads", "-busy-poll", "50us"}},
		{"must not be negative", []string{"-busy-poll", "-1us"}},
		{"-coalesce -1µs: must be between 0 and 1ms", []string{"-coalesce", "-1us"}},
		{"-coalesce 1.001ms: must be between 0 and 1ms", []string{"-coalesce", "1001us"}},
		{"invalid value", []string{"-grace", "soon"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			wantRefusal(t, 64, tt.want, cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), tt.args...))
		})
	}
}

func TestHelp(t *testing.T) {
	result := cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), "-h")
	if result.Code != 0 || result.Stderr != "" || !strings.Contains(result.Stdout, "-idle-timeout") {
		t.Errorf("exit code %d, standard error %q, help:\n%s", result.Code, result.Stderr, result.Stdout)
	}
}

// wantFailure runs a server that can't start, and says in one line why.
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

// unprivileged runs a server as nobody.
func unprivileged(t *testing.T, args ...string) cmdtest.Result {
	t.Helper()
	return cmdtest.Run(t, nil, "setpriv", append([]string{"--reuid", "65534", "--clear-groups", "--bounding-set", "-all",
		cmdtest.Build(t, "echoserver")}, args...)...)
}
