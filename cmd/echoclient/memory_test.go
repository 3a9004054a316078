//go:build linux

package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

const memoryLimit = 64 << 20

func needMemoryFigures(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	info, _ := debug.ReadBuildInfo()
	if slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector uses several times the memory")
	}
}

func TestMemoryStream(t *testing.T) {
	t.Parallel()
	needMemoryFigures(t)
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0")
	pump(t, server.Addr(), 1<<30, t.TempDir())
	if peak := peakMemory(t, server.Cmd.Process.Pid); peak > memoryLimit {
		t.Errorf("the server used %d bytes of memory, want at most %d", peak, memoryLimit)
	}
}

// If the server replies only at the end, the client must keep everything until then.
func TestMemoryMessage(t *testing.T) {
	t.Parallel()
	needMemoryFigures(t)
	tmp := t.TempDir()
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-mode", "message", "-max-message", "256MiB")
	pump(t, server.Addr(), 128<<20, tmp)
	files, err := os.ReadDir(tmp)
	if err != nil || len(files) > 0 {
		t.Errorf("the directory for temporary files contains %v, %v; want nothing", files, err)
	}
}

// pump sends size bytes through a client, and checks what comes back and how much memory the client used.
func pump(t *testing.T, addr string, size int64, tmp string) {
	t.Helper()
	sent, received := crc32.NewIEEE(), crc32.NewIEEE()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), cmdtest.Build(t, "echoclient"), "-addr", addr)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.Stdin = io.TeeReader(io.LimitReader(&repeated{p: random(1<<20 - 1)}, size), sent)
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	// The rest exceeds what the pipe holds, so the client still runs.
	n, err := io.CopyN(received, stdout, size-1<<20)
	if err != nil {
		t.Errorf("received %d bytes, %v; want %d", n, err, size-1<<20)
	} else if peak := peakMemory(t, cmd.Process.Pid); peak > memoryLimit {
		t.Errorf("the client used %d bytes of memory, want at most %d", peak, memoryLimit)
	}
	rest, err := io.Copy(received, stdout)
	check(t, err)
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit of the client: %v, standard error %q; want success", err, &stderr)
	}
	if n+rest != size || sent.Sum32() != received.Sum32() {
		t.Errorf("received %d bytes, want the %d bytes sent", n+rest, size)
	}
}

// repeated is a reader that returns the same bytes over and over.
type repeated struct {
	p  []byte
	at int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.p[r.at:])
	r.at = (r.at + n) % len(r.p)
	return n, nil
}

// peakMemory returns a process's peak resident memory in bytes.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	check(t, err)
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	kB, err := strconv.Atoi(string(m[1]))
	check(t, err)
	return kB << 10
}
