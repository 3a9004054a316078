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
	"example.com/berkeley/internal/socktest"
)

func TestMain(m *testing.M) {
	// Otherwise programs with the race detector sleep for a second before they exit.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmdtest.Main(m)
}

// client runs echoclient with -addr.
func client(t testing.TB, stdin io.Reader, addr string, args ...string) cmdtest.Result {
	t.Helper()
	return cmdtest.Run(t, stdin, cmdtest.Build(t, "echoclient"), append([]string{"-addr", addr}, args...)...)
}

// expect checks a client's exit code, its whole output, and that its error is one line that contains stderr.
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
		t.Errorf("standard error %q, want none", got.Stderr)
	case stderr != "" && (lines != 1 || !strings.Contains(got.Stderr, stderr)):
		t.Errorf("standard error %q, want one line that contains %q", got.Stderr, stderr)
	}
}

func brief(s string) string {
	if len(s) > 100 {
		return fmt.Sprintf("%d bytes, %q...", len(s), s[:100])
	}
	return fmt.Sprintf("%q", s)
}

// transport is a transport; listen is the address for the server's -listen.
type transport struct {
	name, listen string
}

func (tr transport) datagram() bool {
	return strings.HasPrefix(tr.name, "udp") || strings.HasPrefix(tr.name, "unixgram")
}

// forEachTransport runs a test in parallel on every transport that this machine supports.
func forEachTransport(t *testing.T, test func(t *testing.T, tr transport)) {
	dir := t.TempDir()
	for _, tr := range []transport{
		{"tcp4", "tcp4://127.0.0.1:0"},
		{"tcp6", "tcp6://[::1]:0"},
		{"unix path", "unix://" + filepath.Join(dir, "s")},
		{"unix abstract", "unix:" + abstractName()},
		{"unixpacket path", "unixpacket://" + filepath.Join(dir, "p")},
		{"unixpacket abstract", "unixpacket:" + abstractName()},
		{"udp4", "udp4://127.0.0.1:0"},
		{"udp6", "udp6://[::1]:0"},
		{"unixgram path", "unixgram://" + filepath.Join(dir, "g")},
		{"unixgram abstract", "unixgram:" + abstractName()},
		{"vsock", "vsock://local:0"},
	} {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			switch {
			case strings.HasSuffix(tr.name, "abstract") && runtime.GOOS != "linux":
				t.Skip("only Linux has abstract names")
			case strings.HasPrefix(tr.name, "unixpacket") && runtime.GOOS == "darwin":
				t.Skip("Darwin has no SOCK_SEQPACKET on AF_UNIX")
			case strings.HasSuffix(tr.name, "6"):
				needIPv6(t)
			case tr.name == "vsock" && !socktest.HasVsock():
				t.Skip("needs vsock's loopback: module vsock_loopback")
			}
			test(t, tr)
		})
	}
}

// abstractName returns an abstract name that no other test uses.
func abstractName() string { return fmt.Sprintf("@echoclient-test-%d-%d", os.Getpid(), rand.Uint64()) }

func needIPv6(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	l.Close()
}

// random returns n bytes that depend on n only.
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
