package main_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// What memory doesn't hold comes back from a file, on every transport, with the boundaries of records.
func TestSpool(t *testing.T) {
	message := pattern(1 << 20)
	for _, memory := range []string{"0", "64KiB"} {
		t.Run(memory, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				dir := t.TempDir()
				server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", "message",
					"-spool-memory", memory, "-spool-dir", dir)...)
				for _, addr := range server.Addrs {
					transport, _, _ := strings.Cut(addr, "/")
					t.Run(transport, func(t *testing.T) { wantRecordsEcho(t, addr, message) })
				}
				if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
					t.Errorf("%v, %v are left in the directory", left, err)
				}
				server.Stop(syscall.SIGTERM)
				if sum := counted(t, server, "spooled"); sum < len(server.Addrs)*(len(message)-64<<10) {
					t.Errorf("%d bytes were spooled, of %d messages of %d", sum, len(server.Addrs), len(message))
				}
			})
		})
	}
}

// wantRecordsEcho sends a message in pieces of 100,000 bytes, one small one among them.
func wantRecordsEcho(t *testing.T, addr string, message []byte) {
	t.Helper()
	fd := dial(t, addr)
	send(t, fd, message[:1])
	for rest := message[1:]; len(rest) > 0; rest = rest[min(100_000, len(rest)):] {
		send(t, fd, rest[:min(100_000, len(rest))])
	}
	shutdown(t, fd)
	wantAnswer(t, fd, message)
}

// Slow readers of a stream cost no memory either.
func TestSpoolOfStreams(t *testing.T) {
	message := pattern(8 << 20)
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-spool-memory", "0", "-spool-dir", t.TempDir(), "-listen", "tcp://127.0.0.1:0")
		for range 3 {
			fd := dial(t, server.Addr())
			sent := sendToEnd(t, fd, message)
			waitFullQueue(t, fd)
			wantAnswer(t, fd, message)
			sent()
		}
	})
}

// waitFullQueue waits until the server, which sends what it receives, can't send any more.
func waitFullQueue(t *testing.T, fd int) {
	t.Helper()
	for last := -1; ; {
		n, err := sock.InputQueue(fd)
		if err != nil {
			t.Fatal(err)
		}
		if n == last && n > 0 {
			return
		}
		last = n
		sock.Poll(nil, 20)
	}
}

// Where there is no room for a file, only the client who needs it is reset, and the log says so.
func TestSpoolFailures(t *testing.T) {
	tests := []struct {
		name, want string
		setup      func(t *testing.T, server *exec.Cmd) *exec.Cmd
	}{
		{"no directory", "open SPOOL: ENOENT", func(t *testing.T, server *exec.Cmd) *exec.Cmd {
			return server
		}},
		{"disk full", "write SPOOL: ENOSPC", func(t *testing.T, server *exec.Cmd) *exec.Cmd {
			mountTmpfs(t, spoolDir(server), "size=256k")
			return server
		}},
		{"no file may grow so long", "write SPOOL: EFBIG", func(t *testing.T, server *exec.Cmd) *exec.Cmd {
			makeDir(t, spoolDir(server))
			return exec.Command("prlimit", append([]string{"--fsize=300000"}, server.Args...)...)
		}},
		{"no descriptors", "open SPOOL: EMFILE", func(t *testing.T, server *exec.Cmd) *exec.Cmd {
			makeDir(t, spoolDir(server))
			strace := injecting(t, filepath.Join(t.TempDir(), "trace"), "openat:error=EMFILE")
			strace = append(strace, "-P", spoolDir(server)) // only what opens this directory fails
			return exec.Command(strace[0], append(strace[1:], server.Args...)...)
		}},
	}
	message := pattern(32 << 10)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachServer(t, func(t *testing.T, engine, mode string) {
				// A file holds no more of a stream than came in one piece, and on blocking sockets nothing.
				if mode == "stream" && (engine == "iterative" || engine == "threads" || strings.HasPrefix(tt.want, "write")) {
					return
				}
				t.Parallel()
				dir, memory := filepath.Join(t.TempDir(), "spool"), "1KiB" // for those who go on
				if mode == "stream" {
					memory = "0"
				}
				args := append(listenFlags(connections(t)), "-engine", engine, "-mode", mode,
					"-buffer", "4KiB", // less than what goes through pipes
					"-spool-memory", memory, "-spool-dir", dir)
				server := cmdtest.StartProgram(t, tt.setup(t, exec.Command(cmdtest.Build(t, "echoserver"), args...)))
				for i, addr := range server.Addrs {
					fd := dial(t, addr)
					for range 1 << 12 { // the reset comes in the middle
						if _, err := sock.SendAll(fd, message, 0); err != nil {
							break
						}
					}
					server.WaitLogs("connection failed", i+1)
					wantEcho(t, addr, []byte("others go on"))
				}
				server.WaitLogs(strings.Replace(tt.want, "SPOOL", dir, 1), len(server.Addrs))
			})
		})
	}
}

func spoolDir(server *exec.Cmd) string { return server.Args[len(server.Args)-1] }

func makeDir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func mountTmpfs(t *testing.T, dir, options string) {
	t.Helper()
	makeDir(t, dir)
	if err := unix.Mount("none", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// A server in 64 MiB of memory survives messages of any size: the default engine 10 GiB, others and short tests less.
func TestLittleMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes several times as much")
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		size := int64(256 << 20)
		if engine == "epoll" && !testing.Short() {
			size = 10 << 30
		}
		var disk unix.Statfs_t
		if err := unix.Statfs("/var/tmp", &disk); err != nil || int64(disk.Bavail)*int64(disk.Bsize) < size+1<<30 {
			t.Skipf("/var/tmp has no room for %d bytes: %v", size, err)
		}
		group := memoryGroup(t, 64<<20)
		server := cmdtest.StartProgram(t, inGroup(group, cmdtest.Build(t, "echoserver"), "-engine", engine, "-mode", "message",
			"-max-message", "16GiB", "-listen", "tcp://127.0.0.1:0", "-spool-dir", "/var/tmp"))
		result := make(chan error, 1)
		fd := dial(t, server.Addr())
		go func() { result <- sendZeros(fd, size) }()
		if engine != "iterative" {
			wantEcho(t, server.Addr(), pattern(1<<20))
		}
		if err := <-result; err != nil {
			t.Fatalf("sending: %v; the server logged: %s", err, server.Stderr())
		}
		buf := make([]byte, 1<<20)
		var got int64
		for {
			n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
			if err != nil {
				t.Fatalf("after %d bytes: %v; the server logged: %s", got, err, server.Stderr())
			}
			if n == 0 {
				break
			}
			got += int64(n)
		}
		if got != size {
			t.Errorf("received %d bytes of %d", got, size)
		}
	})
}

func sendZeros(fd int, size int64) error {
	zeros := make([]byte, 1<<20)
	for ; size > 0; size -= int64(len(zeros)) {
		if _, err := sock.SendAll(fd, zeros[:min(size, int64(len(zeros)))], 0); err != nil {
			return err
		}
	}
	return sock.Shutdown(fd, sock.SHUT_WR)
}

// Nor does memory grow with the number of those who send and don't receive.
func TestManyGreedyClients(t *testing.T) {
	server := cmdtest.Start(t, "-engine", "epoll", "-mode", "message", "-spool-memory", "4MiB", "-spool-dir", t.TempDir(),
		"-listen", "unix://"+filepath.Join(t.TempDir(), "stream"))
	wantEcho(t, server.Addr(), []byte("warm"))
	before := residentMemory(t, server)
	message := pattern(1 << 20)
	for range 100 {
		send(t, dial(t, server.Addr()), message)
	}
	if grown := residentMemory(t, server) - before; grown > 24<<20 && !raceEnabled {
		t.Errorf("%d bytes of memory for 100 clients", grown)
	}
}

// counted sums up one of the counters that a server logged at its end.
func counted(t *testing.T, server *cmdtest.Server, name string) (sum int) {
	t.Helper()
	found := false
	for line := range strings.Lines(server.Stderr()) {
		_, value, ok := strings.Cut(line, " "+name+"=")
		if !ok || !strings.Contains(line, "msg=counters") {
			continue
		}
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ")
		n, err := strconv.Atoi(value)
		if err != nil {
			t.Fatal(err)
		}
		sum, found = sum+n, true
	}
	if !found {
		t.Fatalf("no counter is called %s in:\n%s", name, server.Stderr())
	}
	return sum
}

// memoryGroup makes a control group with a limit of memory.
func memoryGroup(t *testing.T, limit int) (dir string) {
	t.Helper()
	return controlGroup(t, "memory", []string{"memory.max", "memory.limit_in_bytes"}, limit)
}

// controlGroup makes a control group, of version 2 or 1, with one limit: cgroups(7).
func controlGroup(t *testing.T, controller string, files []string, limit int) (dir string) {
	t.Helper()
	var why error
	for _, root := range []string{"/sys/fs/cgroup", filepath.Join("/sys/fs/cgroup", controller)} {
		dir, err := os.MkdirTemp(root, "echoserver-test-")
		if err != nil {
			why = errors.Join(why, err)
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		for _, file := range files {
			// The file is the kernel's, or there is none.
			f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
			if err == nil {
				_, err = io.WriteString(f, fmt.Sprint(limit))
				f.Close()
			}
			if err == nil {
				return dir
			}
			why = errors.Join(why, err)
		}
	}
	t.Skipf("no control group for %s can be made here: %v", controller, why)
	return ""
}

// inGroup is a command that runs in a control group.
func inGroup(dir string, args ...string) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, dir}, args...)...)
}
