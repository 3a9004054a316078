//go:build unix

package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// picture runs the client with -picture, and gives what is in the file.
func picture(t *testing.T, ending, addr string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "life"+ending)
	if got := client(t, nil, addr, append([]string{"-picture", file}, args...)...); got.Code != exitOK {
		t.Fatalf("exit code = %d, want 0; standard error:\n%s", got.Code, got.Stderr)
	}
	p, err := os.ReadFile(file)
	check(t, err)
	return string(p)
}

func TestPicture(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	for ending, beginning := range map[string]string{".svg": "<svg ", ".html": "<!DOCTYPE html>", ".HTML": "<!DOCTYPE html>", ".txt": "a conversation", ".json": "{"} {
		if got := picture(t, ending, server.Addr(), "Hello"); !strings.HasPrefix(got, beginning) {
			t.Errorf("the file %s begins with %.30q, want %q", ending, got, beginning)
		}
	}
}

// The life of a conversation has its calls, and what went over, captured or worked out.
func TestPictureOfConversation(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-listen", "udp://127.0.0.1:0", "-listen", "unix://"+filepath.Join(t.TempDir(), "echo"))
	for i, parts := range [][]string{
		{"socket(", "connect(", "SYN", "sendto(", "5 B", `"Hello") = 5`, "shutdown(", "FIN", "close("},
		{"socket(", "connect(", "sendto(", "5 B", `"Hello") = 5`, "close("},
		{"socket(", "connect(", "◀ connect", "sendto(", "5 B", `"Hello") = 5`, "shutdown(", "end", "close("},
	} {
		got := picture(t, ".txt", server.Addrs[i], "Hello")
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("%s: the picture does not contain %s:\n%s", server.Addrs[i], part, got)
			}
		}
	}
}

// A peer's and a user's bytes are text in a picture, whatever they look like.
func TestPictureEscapes(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "unix://"+filepath.Join(t.TempDir(), "<script>"))
	for _, ending := range []string{".svg", ".html"} {
		got := picture(t, ending, server.Addr(), "<script>alert(1)</script>")
		if strings.Contains(got, "<script>alert") || strings.Count(got, "<script>") > strings.Count(ending, "html") {
			t.Errorf("the file %s contains a script that a peer sent:\n%s", ending, got)
		}
	}
}

// Of a load, the first connections are drawn, however long it is.
func TestPictureOfLoad(t *testing.T) {
	if !haveLoad {
		t.Skip("a load needs epoll(7)")
	}
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	got := picture(t, ".json", server.Addr(), "-n", "5000", "-c", "20")
	if len(got) > 2<<20 {
		t.Errorf("a load's picture has %d bytes, want at most %d", len(got), 2<<20)
	}
	if n := strings.Count(got, `"Name": "connect"`); n < 1 || n > 8 {
		t.Errorf("%d calls of connect, want those of the first connections: 1 to 8", n)
	}
}

// A conversation that fails is drawn too, and its error is the one that is printed.
func TestPictureOfFailure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "life.txt")
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check(t, err)
	defer sock.Close(fd)
	check(t, sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	sa, err := sock.Getsockname(fd) // a port at which nothing listens
	check(t, err)
	got := client(t, nil, "tcp://"+sa.String(), "-picture", file, "Hello")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "ECONNREFUSED") {
		t.Errorf("exit code %d, standard error %q; want %d, ECONNREFUSED", got.Code, got.Stderr, exitTrouble)
	}
	if p, err := os.ReadFile(file); err != nil || !strings.Contains(string(p), "ECONNREFUSED") {
		t.Errorf("the picture does not contain ECONNREFUSED (%v):\n%s", err, p)
	}
}

func TestPictureErrors(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	for _, tt := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"-picture", "/no/such/directory/x.svg", "Hello"}, exitTrouble, "-picture: open /no/such/directory/x.svg: ENOENT (no such file or directory)"},
		{[]string{"-picture", "life.png", "Hello"}, exitUsage, `-picture "life.png": want a name that ends in .svg`},
		{[]string{"-picture", "svg", "Hello"}, exitUsage, "-picture"},
		{[]string{"-picture", "", "Hello"}, exitUsage, "-picture"},
		{[]string{"-picture", "x.svg", "-doctor"}, exitUsage, "-picture"},
	} {
		got := client(t, nil, server.Addr(), tt.args...)
		if got.Code != tt.code || !strings.Contains(got.Stderr, tt.stderr) {
			t.Errorf("echoclient %q: exit code %d, standard error %q; want %d, %q", tt.args, got.Code, got.Stderr, tt.code, tt.stderr)
		}
	}
}

// -trace has the calls of the conversation, not those by which the picture asks the kernel.
func TestPictureIsNotTraced(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	file := filepath.Join(t.TempDir(), "life.svg")
	got := client(t, nil, server.Addr(), "-trace", "-picture", file, "Hello")
	if got.Code != exitOK || !strings.Contains(got.Stderr, "sendto(") {
		t.Fatalf("exit code = %d, want 0; standard error:\n%s", got.Code, got.Stderr)
	}
	for _, own := range []string{"AF_NETLINK", "AF_PACKET", "TCP_INFO", "SOCK_DGRAM"} {
		if strings.Contains(got.Stderr, own) {
			t.Errorf("-trace shows %q, a call of -picture:\n%s", own, got.Stderr)
		}
	}
}
