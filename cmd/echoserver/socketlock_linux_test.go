package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// holdLock locks a directory, as any user may who can read it.
func holdLock(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Skip("this file system does not support locks:", err)
	}
}

// staleSocket makes a socket file without a server.
func staleSocket(t *testing.T, path string) {
	t.Helper()
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fd)
	sa, err := sock.Unix(path)
	if err == nil {
		err = sock.Bind(fd, sa)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A process that holds the lock of a directory doesn't prevent a server from starting, and the log names the process.
func TestLockedDirectory(t *testing.T) {
	t.Parallel()
	for _, stale := range []bool{false, true} {
		t.Run(fmt.Sprintf("stale=%t", stale), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "socket")
			if stale {
				staleSocket(t, path)
			}
			holdLock(t, filepath.Dir(path))
			server := cmdtest.Start(t, "-listen", "unix://"+path)
			wantEcho(t, server.Addr(), []byte("started"))
			server.WaitLog("another process holds a lock on the directory of the socket's file")
			server.WaitLog(fmt.Sprintf(" pid=%d\n", os.Getpid()))
		})
	}
}

// SIGTERM ends a server that waits for the lock.
func TestSignalWhileLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	holdLock(t, filepath.Dir(path))
	server := start(t, nil, nil, cmdtest.Build(t, "echoserver"), "-listen", "unix://"+path)
	for deadline := time.Now().Add(cmdtest.Patience); !hasOpen(t, server.Process.Pid, filepath.Dir(path)); sock.Poll(nil, 1) {
		if time.Now().After(deadline) {
			t.Fatal("the server did not open the socket's directory")
		}
	}
	server.Process.Signal(syscall.SIGTERM)
	wantExit(t, server, 0)
	if _, err := os.Lstat(path); err == nil {
		t.Error("the server left its socket file")
	}
}

// hasOpen reports whether a process has a file open: proc(5).
func hasOpen(t *testing.T, pid int, name string) bool {
	t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && target == name {
			return true
		}
	}
	return false
}

// Of servers that start at the same time with a dead server's socket file, one serves and the others log that the
// address is in use, even if another process holds the lock by which they take turns.
func TestServersAtOnce(t *testing.T) {
	t.Parallel()
	const servers = 4
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	program := cmdtest.Build(t, "echoserver")
	for _, locked := range []bool{false, true} {
		for round := range rounds {
			t.Run(fmt.Sprintf("locked=%t/%d", locked, round), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "socket")
				staleSocket(t, path)
				if locked {
					holdLock(t, filepath.Dir(path))
				}
				ended := make(chan int, servers)
				logs := make([]*os.File, servers)
				for i := range servers {
					logs[i] = tempFile(t)
					server := start(t, nil, logs[i], program, "-listen", "unix://"+path)
					go func() {
						<-server.ended
						ended <- i
					}()
				}
				late := time.After(cmdtest.Patience)
				for range servers - 1 {
					var i int
					select {
					case i = <-ended:
					case <-late:
						t.Fatal("more than one server serves")
					}
					text := contents(t, logs[i])
					if !strings.Contains(text, "bind unix://"+path+": EADDRINUSE") {
						t.Errorf("a server that lost the race logged %q, want EADDRINUSE of bind", text)
					}
				}
				waitListening(t, "unix://"+path) // the last loser may end before that
				wantEcho(t, "unix://"+path, []byte("the winner"))
			})
		}
	}
}

// If a server is so slow between bind(2) and listen(2) that another one replaces its file, it logs that, and ends.
func TestServerThatLostItsPlace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	url := "unix://" + path
	log := tempFile(t)
	slow := startStopped(t, "fchownat", log, "-listen", url, "-unix-owner", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()))
	server := cmdtest.Start(t, "-listen", url)
	slow.Process.Signal(syscall.SIGCONT)
	wantExit(t, slow, 1)
	if text := contents(t, log); !strings.Contains(text, "bind "+url+": another file is in the place") {
		t.Errorf("the slow server logged %q, want that another file is in the place", text)
	}
	wantEcho(t, server.Addr(), []byte("the quick one"))
}
