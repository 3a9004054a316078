//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// forEachServer runs a test against an echoserver on every transport, in each mode that the transport supports.
func forEachServer(t *testing.T, test func(t *testing.T, tr transport, addr string)) {
	for _, mode := range []string{"stream", "message"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			forEachTransport(t, func(t *testing.T, tr transport) {
				if mode == "message" && tr.datagram() {
					return // which the server refuses
				}
				server := cmdtest.Start(t, "-mode", mode, "-listen", tr.listen)
				test(t, tr, server.Addr())
			})
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		words []string
		want  string
	}{
		{[]string{"Hello,", "world"}, "Hello, world\n"},
		{[]string{"two\nlines\n"}, "two\nlines\n\n"},
		{[]string{""}, "\n"},
	}
	forEachServer(t, func(t *testing.T, _ transport, addr string) {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%q", tt.words), func(t *testing.T) {
				expect(t, client(t, nil, addr, tt.words...), exitOK, tt.want, "")
			})
		}
	})
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, tr transport, addr string) {
		longest := 5 << 20
		switch {
		case tr.datagram():
			longest = 100_000
		case testing.Short():
			longest = 1 << 20
		}
		for _, size := range []int{0, 1, 64 << 10, longest} {
			t.Run(fmt.Sprint(size), func(t *testing.T) {
				input := random(size)
				expect(t, client(t, bytes.NewReader(input), addr), exitOK, string(input), "")
			})
		}
	})
}

// Kernels before Linux 6.16 have no SO_PASSRIGHTS, which -v says.
func TestVerbose(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, tr transport) {
		addr := cmdtest.Start(t, "-listen", tr.listen).Addr()
		got := client(t, strings.NewReader("Hello"), addr, "-v")
		want := regexp.MustCompile(`^echoclient: connected from \S+ to ` + regexp.QuoteMeta(addr) + `
(echoclient: not available here: SO_PASSRIGHTS: .*
)?echoclient: 5 bytes sent, 5 received
$`)
		if got.Code != exitOK || got.Stdout != "Hello" || !want.MatchString(got.Stderr) {
			t.Errorf("echoclient -v: %+v, want exit code %d, and on standard error %s", got, exitOK, want)
		}
	})
}

func TestVerboseTellsTheLocalAddress(t *testing.T) {
	t.Parallel()
	peers := make(chan string, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		io.Copy(conn, conn)
		peers <- conn.RemoteAddr().String()
	})
	got := client(t, strings.NewReader("Hello"), addr, "-v")
	want := "connected from tcp://" + <-peers + " to " + addr + "\n"
	if !strings.Contains(got.Stderr, want) {
		t.Errorf("standard error %q, want %q", got.Stderr, want)
	}
}

func TestVerboseCountsWhatIsWrong(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) {
		io.ReadAll(conn)
		io.WriteString(conn, "Help")
	})
	got := client(t, nil, addr, "-v", "Hello")
	want := regexp.MustCompile(`\nechoclient: 5 bytes sent, 3 received\nechoclient: ` + regexp.QuoteMeta(addr) + `: wrong answer at byte 3: `)
	if got.Code != exitDifferent || !want.MatchString(got.Stderr) {
		t.Errorf("echoclient -v: %+v, want exit code %d, and on standard error %s", got, exitDifferent, want)
	}
}

func TestDatagramTooLong(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "udp4://127.0.0.1:0").Addr()
	expect(t, client(t, nil, addr, strings.Repeat("x", 70_000)), exitTrouble, "", "send "+addr+": EMSGSIZE")
}

func TestOutputFails(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full:", err)
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := cmdtest.Run(t, nil, "sh", "-c", `exec "$0" "$@" > /dev/full`, cmdtest.Build(t, "echoclient"), "-addr", addr, "Hello")
	expect(t, got, exitTrouble, "", "standard output: ")
}

func TestInputFails(t *testing.T) {
	t.Parallel()
	directory, err := os.Open(t.TempDir())
	check(t, err)
	defer directory.Close()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expect(t, client(t, directory, addr), exitTrouble, "", "standard input: ")
}

func TestTemporaryFileFails(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-mode", "message", "-max-message", "1GiB").Addr()
	cmdtest.Build(t, "echoclient")
	t.Setenv("TMPDIR", "/nonexistent")
	input := bytes.NewReader(make([]byte, 2*windowMemory))
	got := client(t, input, addr, "-timeout", "1s")
	expect(t, got, exitTrouble, "", "echoclient: temporary file: open /nonexistent/echoclient")
	expect(t, got, exitTrouble, "", ": ENOENT (no such file or directory)\n")
}
