package main_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// A server in 64 MiB of memory survives messages of any size: the default engine 5 GiB, others and short tests less.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("the race detector needs several times the memory")
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		size := int64(256 << 20)
		if engine == "epoll" && !testing.Short() {
			size = 5 << 30 // more than 32 bits count
		}
		var disk unix.Statfs_t
		if err := unix.Statfs("/var/tmp", &disk); err != nil || int64(disk.Bavail)*int64(disk.Bsize) < size+1<<30 {
			t.Skipf("/var/tmp has less than %d bytes free: %v", size, err)
		}
		group := memoryGroup(t, 64<<20)
		server := cmdtest.StartProgram(t, inGroup(group, cmdtest.Build(t, "echoserver"), "-engine", engine, "-mode", "message",
			"-max-message", "16GiB", "-spool-disk", "32GiB", "-listen", "tcp://127.0.0.1:0", "-spool-dir", "/var/tmp"))
		result := make(chan error, 1)
		fd := dial(t, server.Addr())
		go func() { result <- sendZeros(fd, size) }()
		if engine != "iterative" {
			wantEcho(t, server.Addr(), pattern(1<<20))
		}
		if err := <-result; err != nil {
			t.Fatalf("sendZeros: %v; the server logged:\n%s", err, server.Stderr())
		}
		buf := make([]byte, 1<<20)
		var got int64
		for {
			n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
			if err != nil {
				t.Fatalf("Recv after %d bytes: %v; the server logged:\n%s", got, err, server.Stderr())
			}
			if n == 0 {
				break
			}
			got += int64(n)
		}
		if got != size {
			t.Errorf("received %d bytes, want %d", got, size)
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

// Memory doesn't grow with the number of clients that send and don't receive.
func TestManyGreedyClients(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-engine", "epoll", "-mode", "message", "-spool-memory", "4MiB", "-spool-dir", t.TempDir(),
		"-listen", "unix://"+filepath.Join(t.TempDir(), "stream"))
	wantEcho(t, server.Addr(), []byte("warm"))
	before := residentMemory(t, server)
	message := pattern(1 << 20)
	for range 100 {
		send(t, dial(t, server.Addr()), message)
	}
	if grown := residentMemory(t, server) - before; grown > 24<<20 && !raceEnabled {
		t.Errorf("memory grew by %d bytes with 100 clients, want at most %d", grown, 24<<20)
	}
}

// memoryGroup makes a control group with a memory limit.
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
			// Only the kernel may create the file.
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
	t.Skipf("cannot create a control group for %s here: %v", controller, why)
	return ""
}

// inGroup returns a command that runs in a control group.
func inGroup(dir string, args ...string) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, dir}, args...)...)
}
