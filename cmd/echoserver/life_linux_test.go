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
	"example.com/berkeley/sock"
)

// Clients in the accept queue are served before the server exits.
func TestDrain(t *testing.T) {
	t.Parallel()
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
				t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
			}
			for _, addr := range server.Addrs {
				if !strings.HasPrefix(addr, "unix") {
					continue // its port may be another server's by now
				}
				if _, err := tryDial(t, addr); err != sock.ECONNREFUSED && err != sock.ENOENT {
					t.Errorf("connect %s after the server's exit: %v, want ECONNREFUSED or ENOENT", addr, err)
				}
			}
		})
	}
}

// However a server ends, a client that lacks a part of its answer gets a reset, not an end that makes the answer look
// complete.
func TestEndInMidstream(t *testing.T) {
	t.Parallel()
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
						break // the next client would wait for this one
					}
				}
				for _, fd := range fds {
					if mode == "message" {
						break // nothing comes back before the end
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
					t.Errorf("exit code = %d, want %d; log:\n%s", code, tt.exitCode, server.Stderr())
				}
			})
		})
	}
}

// resettable returns those of connections' addresses whose transport has resets.
func resettable(t *testing.T) (addrs []string) {
	for _, addr := range connections(t) {
		if hasReset(addr) {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// A server can restart at once on a port with connections in TIME_WAIT.
func TestRestart(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", heldPort(t))
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

// heldPort returns an address whose port the kernel gives to no other test: a socket is bound to it that doesn't listen
// and, like the server's, has SO_REUSEADDR.
func heldPort(t *testing.T) (addr string) {
	t.Helper()
	fd := newSocket(t, sock.AF_INET, sock.SOCK_STREAM)
	must(t, sock.Setsockopt(fd, sock.SO_REUSEADDR, true))
	must(t, sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	sa, err := sock.Getsockname(fd)
	must(t, err)
	return "tcp://" + sa.String()
}

func TestSocketFile(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "unixpacket", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "socket")
			url := network + "://" + path
			dead := cmdtest.Start(t, "-listen", url)
			dead.Stop(syscall.SIGKILL)
			if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
				t.Fatalf("Lstat of a killed server's socket file: %v, %v; want it to exist", info, err)
			}
			live := cmdtest.Start(t, "-listen", url) // replaces the dead server's file
			wantFailure(t, "bind "+url+": EADDRINUSE", "-listen", url)
			live.Stop(syscall.SIGTERM)
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Lstat of the socket's file after the exit: %v, want %v", err, fs.ErrNotExist)
			}
		})
	}
}

// A log without a reader delays neither clients nor the server's exit.
func TestStalledLog(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		fifo := filepath.Join(t.TempDir(), "log")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := os.OpenFile(fifo, os.O_RDWR, 0) // never reads
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
			t.Errorf("exit code = %d, want 0", state.ExitCode())
		}
	})
}

// A server that ends doesn't remove the socket file of another server that has replaced its own.
func TestSuccessorsSocketFile(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
		t.Errorf("the file contains %q, %v; want \"precious\"", content, err)
	}
}

// A server that fails to start removes the socket files that it has made.
func TestNothingLeftListening(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	busy := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	wantFailure(t, "EADDRINUSE", "-listen", "unix://"+path, "-listen", busy.Addr())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat of the first socket's file: %v, want %v", err, fs.ErrNotExist)
	}
}
