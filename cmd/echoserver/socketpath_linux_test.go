package main_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Only dead servers' sockets are removed: other files stay, whatever the form of the path.
func TestPathsThatAreTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(at("file"), []byte("precious"), 0o600))
	must(t, os.Mkdir(at("directory"), 0o700))
	must(t, syscall.Mkfifo(at("fifo"), 0o600))
	must(t, os.Symlink(at("nothing"), at("dangling")))
	staleSocket(t, at("stale"))
	must(t, os.Symlink(at("stale"), at("link")))
	tests := []struct{ path, want string }{
		{at("file"), "EADDRINUSE"},
		{at("directory"), "EADDRINUSE"},
		{at("directory") + "/", "EADDRINUSE"},
		{at("directory") + "/..", "EADDRINUSE"},
		{at("directory") + "/.", "EADDRINUSE"},
		{at("fifo"), "EADDRINUSE"},
		{at("fifo") + "/socket", "ENOTDIR"}, // without waiting for a writer
		{at("file") + "/socket", "ENOTDIR"},
		{at("dangling"), "EADDRINUSE"},
		{at("dangling") + "/socket", "ENOENT"},
		{at("link"), "EADDRINUSE"},
		{at("new") + "/", "ENOENT"},
	}
	before := listing(t, dir)
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			wantFailure(t, "bind unix://"+tt.path+": "+tt.want, "-listen", "unix://"+tt.path)
		})
	}
	if after := listing(t, dir); after != before {
		t.Errorf("the directory contains\n%s; want as before\n%s", after, before)
	}
}

// listing returns the names of a directory's files, with their types and inodes.
func listing(t *testing.T, dir string) (lines string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		lines += fmt.Sprintln(e.Name(), info.Mode(), info.Sys().(*syscall.Stat_t).Ino)
	}
	return lines
}

// ".." after a symbolic link means the parent of the link's target.
func TestPathWithDots(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	must(t, os.Symlink(filepath.Join(dir, "a", "b"), filepath.Join(dir, "link")))
	path, real := dir+"/link/../socket", filepath.Join(dir, "a", "socket")
	staleSocket(t, real)
	server := cmdtest.Start(t, "-listen", "unix://"+path)
	wantEcho(t, "unix://"+real, []byte("dots"))
	server.Stop(syscall.SIGTERM)
	if _, err := os.Lstat(real); err == nil {
		t.Error("the server left its socket file")
	}
}

// A path may be relative to the working directory.
func TestRelativePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	staleSocket(t, filepath.Join(dir, "socket"))
	command := exec.Command(cmdtest.Build(t, "echoserver"), "-listen", "unix:./socket", "-listen", "unix:other")
	command.Dir = dir
	server := cmdtest.StartProgram(t, command)
	for _, name := range []string{"socket", "other"} {
		wantEcho(t, "unix://"+filepath.Join(dir, name), []byte("relative"))
	}
	server.Stop(syscall.SIGTERM)
	if left := listing(t, dir); left != "" {
		t.Errorf("the server left files:\n%s", left)
	}
}

// A directory that may be written and searched, but not read, is enough.
func TestUnreadableDirectory(t *testing.T) {
	t.Parallel()
	socktest.NeedUsers(t)
	dir := filepath.Join(t.TempDir(), "dropbox")
	must(t, os.Mkdir(dir, 0o777))
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		must(t, os.Chmod(d, 0o777))
	}
	must(t, os.Chmod(dir, 0o733))
	path := filepath.Join(dir, "socket")
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} { // the second replaces what the first leaves
		server := cmdtest.StartProgram(t, exec.Command("setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set", "-all",
			cmdtest.Build(t, "echoserver"), "-listen", "unix://"+path))
		wantEcho(t, server.Addr(), []byte("unreadable"))
		server.Stop(sig)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the server left its socket file")
	}
}

// startStopped starts a server that stops after a system call, until SIGCONT.
func startStopped(t *testing.T, call string, log *os.File, args ...string) *process {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	command := slices.Concat(injecting(t, trace, call+":signal=SIGSTOP:when=1"), []string{cmdtest.Build(t, "echoserver")}, args)
	server := start(t, nil, log, command[0], command[1:]...)
	for deadline := time.Now().Add(cmdtest.Patience); ; sock.Poll(nil, 1) {
		lines, _ := os.ReadFile(trace)
		if bytes.Contains(lines, []byte("stopped by SIGSTOP")) {
			return server
		}
		select {
		case <-server.ended:
			t.Fatalf("the server did not stop after %s, but ended: %v; log:\n%s", call, server.ProcessState, contents(t, log))
		default:
		}
		if time.Now().After(deadline) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Process.Pid))
			t.Fatalf("the server did not stop after %s; log:\n%strace:\n%sstatus:\n%s", call, contents(t, log), lines, status)
		}
	}
}

// needSocketsFile skips a test where the kernel doesn't tell which file a socket was bound to.
func needSocketsFile(t *testing.T) {
	t.Helper()
	fd := newSocket(t, sock.AF_UNIX, sock.SOCK_STREAM)
	sa, err := sock.Unix(filepath.Join(t.TempDir(), "s"))
	must(t, err)
	must(t, sock.Bind(fd, sa))
	file, err := unix.IoctlRetInt(fd, unix.SIOCPROTOPRIVATE)
	if err != nil {
		t.Skip("SIOCUNIXFILE requires CAP_NET_ADMIN:", err)
	}
	must(t, sock.Close(file))
}

// Between bind(2) and chown(2), the owner of a directory on the way replaces the socket's file. The other file keeps
// its owner, and is not removed.
func TestOwnerOfSwappedFile(t *testing.T) {
	t.Parallel()
	socktest.NeedUsers(t)
	tests := []struct {
		name string
		swap func(t *testing.T, dir, victim string) // dir contains the socket, and is in a directory of the attacker
	}{
		{"directory", func(t *testing.T, dir, victim string) {
			must(t, os.Rename(dir, dir+".aside"))
			must(t, os.Symlink(filepath.Dir(victim), dir))
		}},
		{"file", func(t *testing.T, dir, victim string) {
			must(t, os.Rename(filepath.Join(dir, "socket"), filepath.Join(dir, "aside")))
			must(t, os.Link(victim, filepath.Join(dir, "socket")))
		}},
		{"symbolic link", func(t *testing.T, dir, victim string) {
			must(t, os.Remove(filepath.Join(dir, "socket")))
			must(t, os.Symlink(victim, filepath.Join(dir, "socket")))
		}},
		{"another socket", func(t *testing.T, dir, victim string) {
			needSocketsFile(t)
			must(t, os.Remove(victim))
			staleSocket(t, victim)
			must(t, os.Remove(filepath.Join(dir, "socket")))
			must(t, os.Link(victim, filepath.Join(dir, "socket")))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			top := t.TempDir()
			dir, victim := filepath.Join(top, "dir"), filepath.Join(top, "private", "socket")
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Mkdir(filepath.Dir(victim), 0o700))
			must(t, os.WriteFile(victim, nil, 0o600))
			path := filepath.Join(dir, "socket")
			server := startStopped(t, "bind", tempFile(t), "-listen", "unix://"+path, "-unix-owner", "1234:1234")
			tt.swap(t, dir, victim)
			server.Process.Signal(syscall.SIGCONT)
			// The server serves if the socket's file is the right one, else it ends.
			addr := "unix://" + filepath.Join(dir+".aside", "socket")
			for deadline := time.Now().Add(cmdtest.Patience); ; sock.Poll(nil, 5) {
				if _, err := tryDial(t, addr); err == nil {
					break
				}
				select {
				case <-server.ended:
				default:
					if time.Now().Before(deadline) {
						continue
					}
					t.Fatal("the server neither serves nor ends")
				}
				break
			}
			server.Process.Signal(syscall.SIGTERM)
			<-server.ended
			info, err := os.Lstat(victim)
			if err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
				t.Errorf("Lstat of the victim = %+v, %v; want user 0 as its owner", info, err)
			}
		})
	}
}

// When it ends, a server removes its own socket's file and no other, even if the directory was moved.
func TestEndInMovedDirectory(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "dir")
	must(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "socket")
	server := cmdtest.Start(t, "-listen", "unix://"+path)
	must(t, os.Rename(dir, dir+".moved"))
	must(t, os.Mkdir(dir, 0o700))
	other := cmdtest.Start(t, "-listen", "unix://"+path)
	server.Stop(syscall.SIGTERM)
	wantEcho(t, other.Addr(), []byte("the other"))
	if left := listing(t, dir+".moved"); left != "" {
		t.Errorf("the server left files:\n%s", left)
	}
}

// The server logs once that the file of a listening socket is gone or replaced.
func TestLostSocketFile(t *testing.T) {
	t.Parallel()
	const line = "the socket's file is gone or replaced"
	tests := []struct {
		name string
		lose func(path string) error
	}{
		{"removed", os.Remove},
		{"renamed", func(path string) error { return os.Rename(path, path+".renamed") }},
		{"replaced", func(path string) error {
			l, err := net.Listen("unix", path+".new")
			if err != nil {
				return err
			}
			defer l.Close()
			l.(*net.UnixListener).SetUnlinkOnClose(false)
			return os.Rename(path+".new", path)
		}},
	}
	for _, network := range []string{"unix", "unixpacket", "unixgram"} {
		for _, tt := range tests {
			t.Run(network+" "+tt.name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "socket")
				server := cmdtest.Start(t, "-listen", network+"://"+path, "-listen", "tcp://127.0.0.1:0")
				must(t, os.Chmod(path, 0o700)) // harmless
				must(t, tt.lose(path))
				server.WaitLog(line)
				server.Signal(syscall.SIGUSR1)
				server.WaitLog("msg=counters listener=tcp://")
				server.Stop(syscall.SIGTERM)
				if n := strings.Count(server.Stderr(), line); n != 1 {
					t.Errorf("%d lines about the removed file, want one:\n%s", n, server.Stderr())
				}
			})
		}
	}
	t.Run("not lost", func(t *testing.T) {
		server := cmdtest.Start(t, "-listen", "unix://"+t.TempDir()+"/socket")
		server.Stop(syscall.SIGTERM)
		if strings.Contains(server.Stderr(), line) {
			t.Errorf("the log contains %q:\n%s", line, server.Stderr())
		}
	})
}

// Without inotify, SIGUSR1 makes the server check the files.
func TestLostSocketFileWithoutInotify(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	server, injected := startInjected(t, "inotify_init1:error=EMFILE", "-listen", "unix://"+path)
	must(t, os.Remove(path))
	server.Signal(syscall.SIGUSR1)
	server.WaitLog("the socket's file is gone or replaced")
	if !injected() {
		t.Error("strace injected no fault")
	}
}
