//go:build unix

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

func TestMain(m *testing.M) {
	// Programs with the race detector would sleep for a second before they exit.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmdtest.Main(m)
}

// client runs echoclient with a server's address.
func client(t testing.TB, stdin io.Reader, addr string, args ...string) cmdtest.Result {
	t.Helper()
	return cmdtest.Run(t, stdin, cmdtest.Build(t, "echoclient"), append([]string{"-addr", addr}, args...)...)
}

// expect checks how a client ended: the exit code, all of the output, and something that the one line of the error says.
func expect(t testing.TB, got cmdtest.Result, code int, stdout, stderr string) {
	t.Helper()
	if got.Code != code {
		t.Errorf("exit code %d, want %d", got.Code, code)
	}
	if got.Stdout != stdout {
		t.Errorf("standard output %s, want %s", brief(got.Stdout), brief(stdout))
	}
	switch lines := strings.Count(got.Stderr, "\n"); {
	case stderr == "" && got.Stderr != "":
		t.Errorf("standard error %q, want nothing", got.Stderr)
	case stderr != "" && (lines != 1 || !strings.Contains(got.Stderr, stderr)):
		t.Errorf("standard error %q, want one line with %q", got.Stderr, stderr)
	}
}

func brief(s string) string {
	if len(s) > 100 {
		return fmt.Sprintf("%d bytes, %q...", len(s), s[:100])
	}
	return fmt.Sprintf("%q", s)
}

// transport is a way to reach a server: listen is where it listens.
type transport struct {
	name, listen string
}

func (tr transport) datagram() bool {
	return strings.HasPrefix(tr.name, "udp") || strings.HasPrefix(tr.name, "unixgram")
}

// forEachTransport runs a test on every transport that this machine has.
func forEachTransport(t *testing.T, test func(t *testing.T, tr transport)) {
	dir := t.TempDir()
	abstract := fmt.Sprintf("@echoclient-test-%d", os.Getpid())
	for _, tr := range []transport{
		{"tcp4", "tcp4://127.0.0.1:0"},
		{"tcp6", "tcp6://[::1]:0"},
		{"unix path", "unix://" + filepath.Join(dir, "s")},
		{"unix abstract", "unix:" + abstract},
		{"unixpacket path", "unixpacket://" + filepath.Join(dir, "p")},
		{"unixpacket abstract", "unixpacket:" + abstract},
		{"udp4", "udp4://127.0.0.1:0"},
		{"udp6", "udp6://[::1]:0"},
		{"unixgram path", "unixgram://" + filepath.Join(dir, "g")},
		{"unixgram abstract", "unixgram:" + abstract},
	} {
		t.Run(tr.name, func(t *testing.T) {
			switch {
			case strings.HasSuffix(tr.name, "abstract") && runtime.GOOS != "linux":
				t.Skip("abstract names are Linux's own")
			case strings.HasPrefix(tr.name, "unixpacket") && runtime.GOOS == "darwin":
				t.Skip("Darwin has no SOCK_SEQPACKET on AF_UNIX")
			case strings.HasSuffix(tr.name, "6"):
				needIPv6(t)
			}
			test(t, tr)
		})
	}
}

func needIPv6(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	l.Close()
}

// random is n bytes, other ones for each n and the same in each run.
func random(n int) []byte {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}).Read(p)
	return p
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
