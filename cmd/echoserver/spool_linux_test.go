package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// Bytes that don't fit in memory come back from a file, on every transport and with record boundaries.
func TestSpool(t *testing.T) {
	t.Parallel()
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
					t.Errorf("the directory contains %v, %v; want nothing", left, err)
				}
				server.Stop(syscall.SIGTERM)
				if sum := counted(t, server, "spooled"); sum < len(server.Addrs)*(len(message)-64<<10) {
					t.Errorf("counters: spooled=%d in all for %d messages of %d bytes, want at least %d", sum, len(server.Addrs), len(message), len(server.Addrs)*(len(message)-64<<10))
				}
			})
		})
	}
}

// wantRecordsEcho sends a message in pieces of 100,000 bytes and one small piece.
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

// Slow readers of a stream don't use memory either.
func TestSpoolOfStreams(t *testing.T) {
	t.Parallel()
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
	deadline := time.Now().Add(cmdtest.Patience)
	for last := -1; ; {
		n, err := sock.InputQueue(fd)
		if err != nil {
			t.Fatal(err)
		}
		if n == last && n > 0 {
			return
		}
		if last = n; time.Now().After(deadline) {
			t.Fatalf("the queue has %d bytes and still grows", n)
		}
		sock.Poll(nil, 20)
	}
}

// If there is no space for a file, the client that needs it is reset, others are served, and the server logs that.
func TestSpoolFailures(t *testing.T) {
	t.Parallel()
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
		{"a limit of file size", "write SPOOL: EFBIG", func(t *testing.T, server *exec.Cmd) *exec.Cmd {
			makeDir(t, spoolDir(server))
			return exec.Command("prlimit", append([]string{"--fsize=300000"}, server.Args...)...)
		}},
		{"no descriptors", "open SPOOL: EMFILE", func(t *testing.T, server *exec.Cmd) *exec.Cmd {
			makeDir(t, spoolDir(server))
			strace := injecting(t, filepath.Join(t.TempDir(), "trace"), "openat:error=EMFILE")
			strace = append(strace, "-P", spoolDir(server)) // only calls that open this directory fail
			return exec.Command(strace[0], append(strace[1:], server.Args...)...)
		}},
	}
	message := pattern(32 << 10)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachServer(t, func(t *testing.T, engine, mode string) {
				// Of a stream, a file holds at most what came in one piece; on blocking sockets, nothing.
				if mode == "stream" && (engine == "iterative" || engine == "threads" || strings.HasPrefix(tt.want, "write")) {
					return
				}
				dir, memory := filepath.Join(t.TempDir(), "spool"), "1KiB" // memory for the other clients
				if mode == "stream" {
					memory = "0"
				}
				args := append(listenFlags(connections(t)), "-engine", engine, "-mode", mode,
					"-buffer", "4KiB", // so small that bulk doesn't use pipes
					"-spool-disk", "1GiB", // more than the disk has
					"-spool-memory", memory, "-spool-dir", dir)
				server := cmdtest.StartProgram(t, tt.setup(t, exec.Command(cmdtest.Build(t, "echoserver"), args...)))
				for i, addr := range server.Addrs {
					fd := dial(t, addr)
					for range 1 << 12 { // the server resets the connection in the middle
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
		t.Skipf("cannot mount a file system here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// counted adds up one of the counters that a server logged at its end.
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
		t.Fatalf("the log has no counter %s:\n%s", name, server.Stderr())
	}
	return sum
}
