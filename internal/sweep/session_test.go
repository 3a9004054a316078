package sweep_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	patience = 20 * time.Second       // after which a program is taken to hang
	calm     = 200 * time.Millisecond // over which a server with nothing to do is watched
	mostTime = 4 * time.Second        // of the processor, for a session of a second
	mostLog  = 200                    // lines that a session may cause, beside those of mostRate
	mostRate = 21                     // lines that a listener may log in a second: 20, and how many were suppressed
)

// An outcome is what became of a session in which a system call was refused.
type outcome string

const (
	works  outcome = "works"
	line   outcome = "line"   // the program says what is missing, and ends
	resets outcome = "resets" // the server goes on, and each client that needs the call gets a reset or no answer, with a line
)

func (o outcome) good() bool { return o == works || o == line || o == resets }

// bad is an outcome that no user should see.
func bad(format string, args ...any) outcome { return outcome(fmt.Sprintf(format, args...)) }

// A session runs a program, and tells how it went.
type session struct {
	name string
	run  func(t *testing.T, start starter) outcome
}

// A starter makes the command of the program under test, which is refused something or traced.
type starter func(args ...string) *exec.Cmd

func sessions(programs map[string]string) (list []session) {
	for _, engine := range []string{"iterative", "threads", "goroutines", "epoll"} {
		for _, mode := range []string{"stream", "message"} {
			list = append(list, session{"echoserver " + engine + " " + mode, func(t *testing.T, start starter) outcome {
				return serve(t, start, programs["echoclient"], engine, mode)
			}})
		}
	}
	for _, c := range []struct{ name, network, args string }{
		{"tcp", "tcp", "hello"},
		{"udp", "udp", "hello"},
		{"unix", "unix", "hello"},
		{"unixpacket", "unixpacket", "hello"},
		{"unixgram", "unixgram", "hello"},
		{"mptcp", "mptcp", "hello"},
		{"doctor tcp", "tcp", "-doctor"},
		{"doctor udp", "udp", "-doctor"},
		{"load tcp", "tcp", "-n 200 -c 4"},
		{"load tcp rate", "tcp", "-n 100 -c 4 -rate 1000"},
		{"load tcp reconnect", "tcp", "-n 50 -c 4 -reconnect"},
		{"load udp", "udp", "-n 200 -c 4"},
		{"load unix", "unix", "-n 200 -c 4"},
	} {
		list = append(list, session{"echoclient " + c.name, func(t *testing.T, start starter) outcome {
			return converse(t, start, programs["echoserver"], c.network, strings.Fields(c.args))
		}})
	}
	return list
}

// serve has conversations with a server.
func serve(t *testing.T, start starter, client, engine, mode string) outcome {
	dir := t.TempDir()
	listen := []string{"tcp://127.0.0.1:0", "unix://" + dir + "/stream", "unixpacket://" + dir + "/packet", "mptcp://127.0.0.1:0"}
	if mode == "stream" {
		listen = append(listen, "udp://0.0.0.0:0", "udp://[::]:0", "unixgram://"+dir+"/datagram")
	}
	args := []string{"-engine", engine, "-mode", mode, "-spool-memory", "64KiB", "-spool-dir", dir, "-idle-timeout", "5s", "-keepalive", "60s"}
	for _, addr := range listen {
		args = append(args, "-listen", addr)
	}
	p := startServer(t, start(args...), len(listen))
	if len(p.addrs) < len(listen) {
		return p.ended()
	}
	failed := 0
	bulk := strings.Repeat("0123456789abcdef", 40<<10)
	for _, addr := range p.addrs {
		addr = strings.NewReplacer("0.0.0.0", "127.0.0.1", "[::]", "[::1]").Replace(addr)
		inputs := []string{"hello"}
		if strings.HasPrefix(addr, "tcp") || strings.HasPrefix(addr, "unix:") {
			inputs = append(inputs, bulk)
		}
		for _, input := range inputs {
			code, stdout, stderr := run(exec.Command(client, "-addr", addr, "-timeout", "2s"), input)
			if code == 0 && stdout == input {
				continue
			}
			// A unix socket has no reset: the client sees an early end, and says so.
			early := code == 1 && strings.HasPrefix(addr, "unix") && strings.Contains(stderr, "the answer ended")
			if code != 2 && !early {
				return bad("wrong: %s: exit %d, %d of %d bytes, %s", addr, code, len(stdout), len(input), stderr)
			}
			failed++
			break // more input would fare no better
		}
	}
	spent := p.cpu()
	time.Sleep(calm)
	if spent = p.cpu() - spent; spent > calm/2 {
		return bad("spins: %v of processor time in %v", spent, calm)
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	if o := p.ended(); o != works {
		return o
	}
	if failed > 0 && !warned.MatchString(p.stderr.String()) {
		return bad("silent: %d clients were not served, and the log says nothing", failed)
	}
	if failed > 0 {
		return resets
	}
	return works
}

// converse runs a client beside a server that is refused nothing.
func converse(t *testing.T, start starter, server, network string, args []string) outcome {
	listen := network + "://127.0.0.1:0"
	if strings.HasPrefix(network, "unix") {
		listen = network + "://" + t.TempDir() + "/socket"
	}
	p := startServer(t, exec.Command(server, "-listen", listen), 1)
	if len(p.addrs) < 1 {
		t.Skipf("no server: %s", p.stderr.String())
	}
	cmd := start(append([]string{"-addr", p.addrs[0], "-timeout", "1s", "-connect-timeout", "1s"}, args...)...)
	code, stdout, stderr := run(cmd, "")
	var spent time.Duration
	if cmd.ProcessState != nil {
		spent = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	switch lines := strings.Count(stderr, "\n"); {
	case code < 0:
		return bad("hangs: %s", lastLine(stderr))
	case spent > mostTime:
		return bad("spins: %v of processor time", spent)
	case crashed(stderr):
		return bad("crashes: %s", firstLine(stderr))
	case lines > mostLog:
		return bad("floods: %d lines", lines)
	case code == 0 && slices.Contains(args, "hello") && stdout != "hello\n":
		return bad("wrong: %q", stdout)
	case code == 0:
		return works
	case code == 1:
		return bad("wrong: exit 1: %s", lastLine(stderr))
	case !namesErrno.MatchString(stderr) && !strings.Contains(stderr, "timed out"):
		return bad("unclear: exit %d: %s", code, lastLine(stderr))
	}
	return line
}

var warned = regexp.MustCompile(`level=(WARN|ERROR)`)

var namesErrno = regexp.MustCompile(`\bE[A-Z0-9]{3,}\b`)

func crashed(stderr string) bool {
	return strings.Contains(stderr, "goroutine ") || strings.Contains(stderr, "fatal error")
}

func firstLine(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// run runs a command to its end. The code is negative if it had to be killed.
func run(cmd *exec.Cmd, stdin string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return -1, "", err.Error()
	}
	timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	cmd.Wait()
	timer.Stop()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// server is a running echoserver.
type server struct {
	cmd    *exec.Cmd
	addrs  []string
	stderr bytes.Buffer
	began  time.Time
	done   chan struct{}
}

// startServer waits until a server listens on so many addresses, or has ended.
func startServer(t *testing.T, cmd *exec.Cmd, listeners int) *server {
	t.Helper()
	s := &server{cmd: cmd, began: time.Now(), done: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout, cmd.Stderr = w, &s.stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer timer.Stop()
	go func() { defer close(s.done); cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill(); <-s.done })
	for lines := bufio.NewScanner(r); len(s.addrs) < listeners && lines.Scan(); {
		if _, addr, ok := strings.Cut(lines.Text(), "listening on "); ok {
			s.addrs = append(s.addrs, addr)
		}
	}
	return s
}

// ended is how a server ended that was told to, or that did by itself.
func (s *server) ended() outcome {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
		return bad("hangs")
	}
	stderr := s.stderr.String()
	switch lines := strings.Count(stderr, "\n"); {
	case crashed(stderr):
		return bad("crashes: %s", firstLine(stderr))
	case lines > mostLog+mostRate*len(s.addrs)*int(time.Since(s.began).Seconds()):
		return bad("floods: %d lines", lines)
	case s.cmd.ProcessState.ExitCode() == 0:
		return works
	case s.cmd.ProcessState.ExitCode() == 1 && namesErrno.MatchString(lastLine(stderr)):
		return line
	}
	return bad("unclear: exit %d: %s", s.cmd.ProcessState.ExitCode(), lastLine(stderr))
}

// cpu is the processor time that a server has used: proc(5), utime and stime of /proc/PID/stat.
func (s *server) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	var ticks, user, system int
	fmt.Sscan(strings.Join(strings.Fields(fields)[11:13], " "), &user, &system)
	ticks = user + system
	return time.Duration(ticks) * time.Second / 100
}

// build builds both programs, without cgo: the C library makes calls of its own.
func build(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir, "./cmd/echoserver", "./cmd/echoclient")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return map[string]string{"echoserver": filepath.Join(dir, "echoserver"), "echoclient": filepath.Join(dir, "echoclient")}
}
