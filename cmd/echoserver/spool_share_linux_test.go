package main_test

import (
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

// Silent clients that have filled memory or the disk leave some for others. A client that needs more than its share gets a
// reset, and the log names the limit.
func TestSpoolShares(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	tests := []struct {
		name string
		args []string
	}{
		{"disk", []string{"-spool-memory", "0", "-spool-disk", "1MiB"}},
		{"memory", []string{"-spool-memory", "1MiB", "-spool-disk", "0"}},
		{"both", []string{"-spool-memory", "512KiB", "-spool-disk", "512KiB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachConcurrent(t, func(t *testing.T, engine string) {
				for _, addr := range []string{"tcp://127.0.0.1:0", "unix://" + t.TempDir() + "/stream", "unixpacket://" + t.TempDir() + "/packet"} {
					server := cmdtest.Start(t, append(tt.args, "-engine", engine, "-mode", "message", "-spool-dir", t.TempDir(), "-listen", addr)...)
					addr = server.Addr()
					received := 0
					for _, size := range []int{limit * 5 / 16, limit / 8} { // each uses up to 64 KiB more, for its last chunk
						hog := dial(t, addr)
						for rest := pattern(size); len(rest) > 0; rest = rest[16<<10:] {
							send(t, hog, rest[:16<<10])
						}
						received += size
						waitReceived(t, server, received)
						wantPacketsEcho(t, addr, pattern(64<<10))
						received += 64 << 10
					}
					wantRefused(t, server, dial(t, addr), pattern(16<<10))
					wantPacketsEcho(t, addr, pattern(64<<10))
				}
			})
		})
	}
}

// Records of one byte need more than a byte, and count accordingly.
func TestSmallRecordsCount(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", "message", "-spool-memory", "256KiB", "-spool-disk", "0",
			"-listen", "unixpacket://"+t.TempDir()+"/packet")
		wantRefused(t, server, dial(t, server.Addr()), []byte("x"))
	})
}

// wantRefused sends until the server resets the connection because of a limit.
func wantRefused(t *testing.T, server *cmdtest.Server, fd int, piece []byte) {
	t.Helper()
	for sent := 0; ; sent += len(piece) {
		if _, err := sock.SendAll(fd, piece, 0); err != nil {
			break
		} else if sent > 64<<20 {
			t.Fatal("the server received the whole message, want a reset")
		}
	}
	server.WaitLog("connection failed")
	if log := server.Stderr(); strings.Count(log, "connection failed") != 1 || !strings.Contains(log, "share of -spool-disk") {
		t.Errorf("the log does not have one failure that names the limit:\n%s", log)
	}
}

// wantPacketsEcho has a conversation in pieces that fit a record.
func wantPacketsEcho(t *testing.T, addr string, message []byte) {
	t.Helper()
	fd := dial(t, addr)
	sent := sendToEnd(t, fd, message)
	wantAnswer(t, fd, message)
	sent()
}

// waitReceived waits until all listeners of a server together have received at least this many bytes.
func waitReceived(t *testing.T, server *cmdtest.Server, bytes int) {
	t.Helper()
	listeners := len(server.Addrs)
	deadline := time.Now().Add(cmdtest.Patience)
	for {
		before := strings.Count(server.Stderr(), " spooled=") // the last field of a line
		server.Signal(syscall.SIGUSR1)
		server.WaitLogs(" spooled=", before+listeners)
		counts := server.Received()
		received := 0
		for _, n := range counts[len(counts)-listeners:] {
			received += n
		}
		if received >= bytes {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("the server received %d bytes, want %d", received, bytes)
		}
	}
}

// By default, clients may use half of the disk's free space. A greedy client reaches its limit before the disk is full,
// and later clients find space.
func TestDefaultSpoolDisk(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		dir := filepath.Join(t.TempDir(), "spool")
		mountTmpfs(t, dir, "size=64m")
		server := cmdtest.Start(t, "-engine", engine, "-mode", "message", "-spool-memory", "0", "-spool-dir", dir, "-listen", "tcp://127.0.0.1:0")
		wantRefused(t, server, dial(t, server.Addr()), pattern(256<<10))
		for range 2 { // the first may use 16 MiB, the second 12
			send(t, dial(t, server.Addr()), pattern(8<<20))
		}
		waitReceived(t, server, 16<<20)
		wantEcho(t, server.Addr(), pattern(2<<20))
		if log := server.Stderr(); strings.Contains(log, "ENOSPC") {
			t.Errorf("the log contains ENOSPC:\n%s", log)
		}
		server.Stop(syscall.SIGKILL)
	})
}

// If spool files can't be created, a server logs that when it starts, and serves clients that need none.
func TestNoSpoolDir(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, why string
		setup     func(t *testing.T, dir string)
		without   []string // a command that takes root's privileges from the server
	}{
		{"missing", "ENOENT", func(*testing.T, string) {}, nil},
		{"no directory", "ENOTDIR", func(t *testing.T, dir string) { writeFile(t, dir, 0) }, nil},
		{"read-only", "EROFS", func(t *testing.T, dir string) { mountTmpfs(t, dir, "ro") }, nil},
		{"full", "ENOSPC", func(t *testing.T, dir string) {
			mountTmpfs(t, dir, "size=4k")
			writeFile(t, dir+"/full", 4096)
		}, nil},
		{"not writable", "EACCES", func(t *testing.T, dir string) {
			if err := os.Mkdir(dir, 0o500); err != nil {
				t.Fatal(err)
			}
		}, []string{"setpriv", "--bounding-set", "-all"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			tt.setup(t, dir)
			forEachEngine(t, func(t *testing.T, engine string) {
				command := []string{cmdtest.Build(t, "echoserver"), "-engine", engine, "-mode", "message",
					"-spool-memory", "64KiB", "-spool-dir", dir, "-listen", "tcp://127.0.0.1:0"}
				if os.Geteuid() == 0 {
					command = append(tt.without, command...)
				}
				wantNoFiles(t, cmdtest.StartProgram(t, exec.Command(command[0], command[1:]...)), tt.why)
			})
		})
	}
}

func writeFile(t *testing.T, path string, size int) {
	t.Helper()
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantNoFiles checks that a server resets clients that need a file, logs why, and serves the others.
func wantNoFiles(t *testing.T, server *cmdtest.Server, why string) {
	t.Helper()
	for range 2 {
		fd := dial(t, server.Addr())
		if _, err := sock.SendAll(fd, pattern(1<<20), 0); err != sock.ECONNRESET { // the kernel reports a reset once
			wantReset(t, fd)
		}
		wantEcho(t, server.Addr(), []byte("no need of a file"))
	}
	server.WaitLogs("connection failed", 2)
	log := server.Stderr()
	if strings.Count(log, "cannot create spool files") != 1 || strings.Count(log, why) != 3 {
		t.Errorf("the log does not have %s at the start and for two clients:\n%s", why, log)
	}
}

// While the directory is missing, clients that need a file are reset.
func TestSpoolDirDisappears(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		dir := filepath.Join(t.TempDir(), "spool")
		makeDir(t, dir)
		server := cmdtest.Start(t, "-engine", engine, "-mode", "message", "-spool-memory", "64KiB", "-spool-dir", dir, "-listen", "tcp://127.0.0.1:0")
		wantEcho(t, server.Addr(), pattern(1<<20))
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		wantNoFiles(t, server, "ENOENT")
		makeDir(t, dir)
		wantEcho(t, server.Addr(), pattern(1<<20))
	})
}

// Without open(2)'s O_TMPFILE, spool files are created another way, and none is left.
func TestNoTemporaryFiles(t *testing.T) {
	t.Parallel()
	for _, errno := range []string{"EOPNOTSUPP", "EISDIR", "EINVAL", "ENOSYS", "EPERM", "EACCES"} {
		t.Run(errno, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			strace := append(injecting(t, filepath.Join(t.TempDir(), "trace"), "openat:error="+errno), "-P", dir) // only calls that open this directory fail
			server := cmdtest.StartProgram(t, exec.Command(strace[0], append(strace[1:], cmdtest.Build(t, "echoserver"),
				"-mode", "message", "-spool-memory", "0", "-spool-dir", dir, "-listen", "tcp://127.0.0.1:0")...))
			wantEcho(t, server.Addr(), pattern(1<<20))
			if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
				t.Errorf("the directory contains %v, %v; want nothing", left, err)
			}
			if log := server.Stderr(); log != "" {
				t.Errorf("the log is not empty:\n%s", log)
			}
		})
	}
}
