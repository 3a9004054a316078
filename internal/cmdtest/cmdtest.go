//go:build unix

// Package cmdtest builds the commands and runs them for tests.
package cmdtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
)

// Patience is how long a test waits for what must happen, before it calls it a failure.
const Patience = 20 * time.Second

var (
	dir   string
	built sync.Map // of a command's name, to a function that builds it once

	// becomeRefused turns this process into a program that Refused starts. Only Linux has it.
	becomeRefused = func() {}
)

// Main runs a package's tests, with a directory for the programs that they build: call it from TestMain. If all tests were
// run, it fails if a flag in the help of a command was not used by any.
func Main(m *testing.M, commands ...string) {
	becomeRefused()
	socktest.NeedLoopback()
	// Some programs that tests run, nginx and nft for example, are where an ordinary user's PATH doesn't lead.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	var err error
	if dir, err = os.MkdirTemp("", "cmdtest"); err != nil {
		panic(err)
	}
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		code = unusedFlags(commands)
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// Build gives the path of a command of this module, built once, with the race detector if the test has it.
func Build(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	build, _ := built.LoadOrStore(name, sync.OnceValue(func() error {
		args := append([]string{"build", "-o", path}, raceFlags...)
		out, err := exec.Command("go", append(args, "example.com/berkeley/cmd/"+name)...).CombinedOutput()
		if err != nil {
			return errors.New(string(out))
		}
		return nil
	}))
	if err := build.(func() error)(); err != nil {
		t.Fatalf("go build %s: %v", name, err)
	}
	return path
}

var used sync.Map // of flags that a program ran with

// use notes the flags of a command line.
func use(args []string) {
	for _, arg := range args {
		if name, _, _ := strings.Cut(arg, "="); strings.HasPrefix(name, "-") {
			used.Store(name, true)
		}
	}
}

// helpFlag is a line of a help that begins with a flag.
var helpFlag = regexp.MustCompile(`(?m)^\s+(-[a-z0-9-]+)\b`)

// unusedFlags is an exit code: whether a flag in a command's help was not used.
func unusedFlags(commands []string) (code int) {
	for _, name := range commands {
		help, err := exec.Command(filepath.Join(dir, name), "-h").Output()
		flags := helpFlag.FindAllSubmatch(help, -1)
		if err != nil || len(flags) == 0 {
			fmt.Printf("%s -h: %v, and no flags in it\n", name, err)
			code = 1
		}
		for _, f := range flags {
			if _, ok := used.Load(string(f[1])); !ok {
				fmt.Printf("no test runs %s with %s\n", name, f[1])
				code = 1
			}
		}
	}
	return code
}

// environment is this process's, but that programs with the race detector end without a second's wait.
func environment() []string { return append(os.Environ(), "GORACE=atexit_sleep_ms=0") }

// Result is how a program ended.
type Result struct {
	Code           int // the exit code, -1 if a signal ended it
	Stdout, Stderr string
}

// Run runs a program to its end.
func Run(t testing.TB, stdin io.Reader, name string, args ...string) Result {
	t.Helper()
	use(args)
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	cmd.WaitDelay = time.Second
	cmd.Env = environment()
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return Result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// Server is a running echoserver, or another program that prints "listening on ADDRESS" for each of its addresses.
type Server struct {
	Cmd    *exec.Cmd
	Addrs  []string
	t      testing.TB
	stderr *logBuffer
	ended  chan struct{}
}

// Start runs echoserver with a number of -listen flags among args, and waits until it listens on all of them.
// At the test's end it gets SIGTERM, if it still runs.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return StartProgram(t, exec.Command(Build(t, "echoserver"), args...))
}

// StartProgram is Start for any command that becomes an echoserver.
func StartProgram(t testing.TB, cmd *exec.Cmd) *Server {
	t.Helper()
	use(cmd.Args)
	s := &Server{Cmd: cmd, t: t, stderr: newLogBuffer(), ended: make(chan struct{})}
	cmd.Stderr = s.stderr
	cmd.Env = environment()
	cmd.WaitDelay = time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, arg := range cmd.Args {
		if arg == "-listen" {
			want++
		}
	}
	timer := time.AfterFunc(Patience, func() { cmd.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewScanner(stdout)
	for len(s.Addrs) < max(1, want) && lines.Scan() {
		if _, addr, ok := strings.Cut(lines.Text(), "listening on "); ok {
			s.Addrs = append(s.Addrs, addr)
		}
	}
	go func() {
		cmd.Wait()
		close(s.ended)
	}()
	if len(s.Addrs) < max(1, want) {
		<-s.ended
		t.Fatalf("the server doesn't listen: %s", s.Stderr())
	}
	t.Cleanup(func() { s.Stop(syscall.SIGTERM) })
	return s
}

// Addr is the first address.
func (s *Server) Addr() string { return s.Addrs[0] }

// Stderr is what the server logged so far.
func (s *Server) Stderr() string { return s.stderr.String() }

// Signal sends a signal to the server.
func (s *Server) Signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.Cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("%v: %v", sig, err)
	}
}

// Stop sends a signal, if the server still runs, and waits for its end.
func (s *Server) Stop(sig syscall.Signal) *os.ProcessState {
	s.t.Helper()
	select {
	case <-s.ended:
		return s.Cmd.ProcessState
	default:
	}
	if err := s.Cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("%v: %v", sig, err)
	}
	return s.Wait()
}

// Wait waits for the server's end.
func (s *Server) Wait() *os.ProcessState {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(Patience):
		s.t.Errorf("the server doesn't end; it logged: %s", s.Stderr())
		s.Cmd.Process.Kill()
		<-s.ended
	}
	return s.Cmd.ProcessState
}

// WaitLog waits until the server has logged a text.
func (s *Server) WaitLog(text string) {
	s.t.Helper()
	s.WaitLogs(text, 1)
}

// WaitLogs waits until the server has logged a text so many times.
func (s *Server) WaitLogs(text string, times int) {
	s.t.Helper()
	timer := time.AfterFunc(Patience, s.stderr.giveUp)
	defer timer.Stop()
	if !s.stderr.wait(text, times) {
		s.t.Fatalf("the server doesn't log %q, %d times, but: %s", text, times, s.Stderr())
	}
}

// logBuffer is what a program has written so far.
type logBuffer struct {
	mu     sync.Mutex
	buf    bytes.Buffer
	change sync.Cond
	late   bool
}

func newLogBuffer() *logBuffer {
	b := &logBuffer{}
	b.change.L = &b.mu
	return b
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.change.Broadcast()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// wait waits until a text is there so many times, or giveUp.
func (b *logBuffer) wait(text string, times int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for strings.Count(b.buf.String(), text) < times {
		if b.late {
			return false
		}
		b.change.Wait()
	}
	return true
}

func (b *logBuffer) giveUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = true
	b.change.Broadcast()
}
