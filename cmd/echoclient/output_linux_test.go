package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// outputs are command lines that write to standard output.
func outputs(t *testing.T) [][]string {
	tcp := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	udp := cmdtest.Start(t, "-listen", "udp4://127.0.0.1:0").Addr()
	wrong := listen(t, func(conn *net.TCPConn) {
		io.ReadAll(conn)
		io.WriteString(conn, "Help")
	})
	return [][]string{
		{"-h"},
		{"-addr", tcp, "Hello"},
		{"-addr", udp, "Hello"},
		{"-addr", wrong, "Hello"},
		{"-addr", tcp, "-n", "3"},
		{"-addr", tcp, "-n", "3", "-json"},
		{"-addr", tcp, "-n", "3", "-plot", filepath.Join(t.TempDir(), "x.svg")},
		{"-addr", tcp, "-n", "3", "-picture", filepath.Join(t.TempDir(), "x.svg")},
		{"-doctor", "-addr", tcp},
		{"-doctor", "-json", "-addr", udp},
	}
}

// shell runs a shell script whose "$@" is the client's command.
func shell(t *testing.T, command string, args ...string) cmdtest.Result {
	t.Helper()
	return cmdtest.Run(t, nil, "sh", append([]string{"-c", command, "sh", cmdtest.Build(t, "echoclient")}, args...)...)
}

// A write error is trouble, whatever the server did.
func TestOutputDiskFull(t *testing.T) {
	t.Parallel()
	for _, args := range outputs(t) {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			got := shell(t, `exec "$@" >/dev/full`, args...)
			expect(t, got, exitTrouble, "", "echoclient: write standard output: ENOSPC (no space left on device)\n")
		})
	}
}

// If the reader has gone, SIGPIPE ends the program silently, as it does other programs. The plot and the picture are written before.
func TestOutputNotRead(t *testing.T) {
	t.Parallel()
	for _, args := range outputs(t) {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			r, w, err := os.Pipe()
			check(t, err)
			defer w.Close()
			r.Close()
			cmd, _, stderr := prepare(t, args...)
			cmd.Stdout = w
			cmd.Run()
			if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
				t.Errorf("the client ended with %v, standard error %q; want SIGPIPE", cmd.ProcessState, stderr)
			}
			if last := args[len(args)-1]; filepath.Ext(last) == ".svg" {
				if svg, err := os.ReadFile(last); err != nil || !bytes.HasSuffix(svg, []byte("</svg>\n")) {
					t.Errorf("the file has %d bytes, %v; want a complete SVG", len(svg), err)
				}
			}
		})
	}
}

func TestInputNotReadable(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := shell(t, `exec "$@" 0>>/dev/null`, "-addr", addr)
	expect(t, got, exitTrouble, "", "echoclient: read standard input: EBADF (bad file descriptor)\n")
	got = shell(t, `exec "$@" </`, "-addr", addr)
	expect(t, got, exitTrouble, "", "echoclient: read standard input: EISDIR (is a directory)\n")
}

// A closed standard input or output is /dev/null: Go's runtime opens it.
func TestClosed(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expect(t, shell(t, `exec "$@" <&-`, "-addr", addr), exitOK, "", "")
	expect(t, shell(t, `exec "$@" >&-`, "-addr", addr, "Hello"), exitOK, "", "")
}

// A plot that can't be written leaves no partial file, and removes only regular files.
func TestPlotDiskFull(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.svg")
	for _, tt := range []struct{ limit, plot, want, stdout string }{
		{"unlimited", "/dev/full", "-plot: write /dev/full: ENOSPC (no space left on device)", "server "},
		{"unlimited", dir, "-plot: open " + dir + ": EISDIR (is a directory)", ""},
		{"1", file, "-plot: write " + file + ": EFBIG (file too large)", "server "},
	} {
		got := shell(t, `ulimit -f `+tt.limit+`; exec "$@"`, "-addr", addr, "-n", "3", "-plot", tt.plot)
		if got.Code != exitTrouble || !strings.Contains(got.Stderr, tt.want) || !strings.HasPrefix(got.Stdout, tt.stdout) || (got.Stdout == "") != (tt.stdout == "") {
			t.Errorf("echoclient: %+v, want %q and then %q", got, tt.stdout, tt.want)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Errorf("%s still exists, want it removed", file)
	}
	for _, path := range []string{"/dev/full", dir} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// With few descriptors the client does its work, or says in one line which call failed.
func TestFewDescriptors(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	file := filepath.Join(t.TempDir(), "x.svg")
	check(t, os.WriteFile(file, nil, 0o600))
	for _, args := range [][]string{{"Hello"}, {"-doctor"}, {"-n", "3"}, {"-n", "3", "-plot", file}, {"-picture", file, "Hello"}} {
		for limit := 4; limit <= 12; limit++ { // 3 may be too few for the dynamic linker
			got := shell(t, fmt.Sprintf(`ulimit -n %d; exec "$@"`, limit), append([]string{"-addr", addr}, args...)...)
			if fine := got.Code == exitOK && got.Stderr == ""; !fine && (got.Code != exitTrouble || strings.Count(got.Stderr, "\n") != 1) {
				t.Errorf("%q with %d descriptors: exit code %d, standard error %q, want one line", args, limit, got.Code, got.Stderr)
			}
		}
	}
}

// A result that would overwrite what the program prints, or the other way round, is refused.
func TestResultIsStandardOutput(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		`"$@" -n 3 -plot out.svg >out.svg`:           "-plot and standard output are the same file",
		`"$@" -n 3 -hdr /dev/stdout >out.hdr`:        "-hdr and standard output are the same file",
		`"$@" -picture ./out.txt Hello >>out.txt`:    "-picture and standard output are the same file",
		`"$@" -n 3 -hdr out.hdr 2>out.hdr; cat out*`: "-hdr and standard error are the same file",
	} {
		got := shell(t, "cd "+t.TempDir()+"; "+command)
		if !strings.Contains(got.Stdout+got.Stderr, "echoclient: "+want+" (see echoclient -h)\n") {
			t.Errorf("%s: %+v, want %q", command, got, want)
		}
	}
}
