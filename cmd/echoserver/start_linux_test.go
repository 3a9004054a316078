package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// output is a file that can't be written, or can't be written any more.
type output struct {
	name string
	file func(t *testing.T) *os.File
	err  string // the error of a write, "" if it blocks
}

var badOutputs = []output{
	{"full pipe", fullPipe, ""},
	{"stopped terminal", stoppedTerminal, ""},
	{"pipe without reader", brokenPipe, "broken pipe"},
	{"full disk", func(t *testing.T) *os.File { return openFile(t, "/dev/full", os.O_WRONLY) }, "no space left on device"},
	{"not for writing", func(t *testing.T) *os.File { return openFile(t, "/dev/null", os.O_RDONLY) }, "bad file descriptor"},
}

func openFile(t *testing.T, name string, flag int) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// newPipe makes a pipe in blocking mode.
func newPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w := newPipe(t)
	size, err := unix.FcntlInt(r.Fd(), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	return w
}

func brokenPipe(t *testing.T) *os.File {
	t.Helper()
	r, w := newPipe(t)
	r.Close()
	return w
}

// stoppedTerminal returns a terminal whose output Ctrl-S has stopped.
func stoppedTerminal(t *testing.T) *os.File {
	t.Helper()
	terminal := newTerminal(t)
	must(t, unix.IoctlSetInt(int(terminal.Fd()), unix.TCXONC, unix.TCOOFF))
	return terminal
}

// newTerminal makes a pseudoterminal: pty(7).
func newTerminal(t *testing.T) *os.File {
	t.Helper()
	ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("cannot open a pseudoterminal here:", err)
	}
	t.Cleanup(func() { ptmx.Close() })
	must(t, unix.IoctlSetPointerInt(int(ptmx.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetUint32(int(ptmx.Fd()), unix.TIOCGPTN)
	must(t, err)
	return openFile(t, fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY)
}

// process is a program that is running or has ended.
type process struct {
	*exec.Cmd
	ended chan struct{}
}

// start starts a program with the given standard output and error, and kills it if it still runs when the test ends.
func start(t *testing.T, stdout, stderr *os.File, name string, args ...string) *process {
	t.Helper()
	p := &process{exec.Command(name, args...), make(chan struct{})}
	p.Stdout, p.Stderr = stdout, stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.ended
	})
	return p
}

// wantExit waits until a program has ended, and checks its exit code.
func wantExit(t *testing.T, p *process, code int) {
	t.Helper()
	timer := time.AfterFunc(cmdtest.Patience, func() { p.Process.Kill() })
	defer timer.Stop()
	<-p.ended
	if got := p.ProcessState.ExitCode(); got != code {
		t.Errorf("%v, want exit code %d", p.ProcessState, code)
	}
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "output"), os.O_CREATE|os.O_RDWR)
}

func contents(t *testing.T, f *os.File) string {
	t.Helper()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A server that can't print its addresses still serves, logs the error, and ends normally.
func TestBadStandardOutput(t *testing.T) {
	t.Parallel()
	for _, bad := range badOutputs {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			addr, log := "unix://"+filepath.Join(t.TempDir(), "socket"), tempFile(t)
			server := start(t, bad.file(t), log, cmdtest.Build(t, "echoserver"), "-listen", addr)
			waitListening(t, addr)
			wantEcho(t, addr, []byte("served"))
			want := `msg="cannot print the addresses" listening=` + addr
			for deadline := time.Now().Add(cmdtest.Patience); !strings.Contains(contents(t, log), want); sock.Poll(nil, 5) {
				if time.Now().After(deadline) {
					t.Fatalf("the log does not contain %q:\n%s", want, contents(t, log))
				}
			}
			if text := contents(t, log); !strings.Contains(text, bad.err) {
				t.Errorf("the log does not contain %q:\n%s", bad.err, text)
			}
			server.Process.Signal(syscall.SIGTERM)
			wantExit(t, server, 0)
		})
	}
}

// A server whose log can't be written still serves, and ends normally.
func TestBadStandardError(t *testing.T) {
	t.Parallel()
	for _, bad := range badOutputs {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			addr := "unix://" + filepath.Join(t.TempDir(), "socket")
			server := start(t, nil, bad.file(t), cmdtest.Build(t, "echoserver"), "-v", "-listen", addr)
			waitListening(t, addr)
			wantEcho(t, addr, []byte("served"))
			server.Process.Signal(syscall.SIGTERM)
			wantExit(t, server, 0)
		})
	}
}

// Wrong usage has its exit code, and an error while printing the help is a failure.
func TestBadOutputOfHelp(t *testing.T) {
	t.Parallel()
	full := badOutputs[3].file(t)
	stderr := tempFile(t)
	wantExit(t, start(t, full, stderr, cmdtest.Build(t, "echoserver"), "-h"), 1)
	if text := contents(t, stderr); !strings.Contains(text, "no space left on device") {
		t.Errorf("standard error %q, want the error of the write", text)
	}
	wantExit(t, start(t, nil, full, cmdtest.Build(t, "echoserver"), "-nonsense"), 64)
	wantExit(t, start(t, brokenPipe(t), nil, cmdtest.Build(t, "echoserver"), "-h"), -1) // killed by SIGPIPE, like other programs
	blocked := start(t, fullPipe(t), nil, cmdtest.Build(t, "echoserver"), "-h")
	blocked.Process.Signal(syscall.SIGTERM)
	wantExit(t, blocked, -1)
}

// SIGTERM ends a server that waits for a name server.
func TestSignalDuringLookUp(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	if _, err := os.Stat("/etc/resolv.conf"); err != nil {
		t.Skip("no file to mount another over:", err)
	}
	network := newNetwork(t)
	network.run("ip", "route", "add", "default", "dev", "lo") // packets to other addresses are lost
	resolv := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(resolv, []byte("nameserver 198.51.100.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "socket")
	command := network.command("unshare", "--mount", "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, resolv,
		cmdtest.Build(t, "echoserver"), "-listen", "unix://"+path, "-listen", "tcp://echo.example.com:7")
	log := tempFile(t)
	server := start(t, nil, log, command.Path, command.Args[1:]...)
	for deadline := time.Now().Add(cmdtest.Patience); ; sock.Poll(nil, 1) {
		sockets, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp", server.Process.Pid))
		if strings.Contains(string(sockets), "016433C6:0035") { // connected to port 53 of 198.51.100.1
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the server did not ask a name server: log %q, %v", contents(t, log), err)
		}
	}
	server.Process.Signal(syscall.SIGTERM)
	wantExit(t, server, 0)
	if text := contents(t, log); !strings.Contains(text, "msg=stopping") {
		t.Errorf("the log does not contain \"msg=stopping\":\n%s", text)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the server left a socket file")
	}
}

// A server also serves if the directory for spool files is missing, and logs the consequences.
func TestNoSpoolDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nothing")
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-spool-dir", dir)
	wantEcho(t, server.Addr(), []byte("in memory"))
	server.WaitLog("cannot create spool files: clients that need more than their share of -spool-memory will be reset")
	server.WaitLog("open " + dir + ": ENOENT")
}
