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
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
)

// Patience is how long a test waits for something that must happen before it fails: longer than the busiest machine needs,
// since only a failure costs that time.
const Patience = time.Minute

// testsPerCore is how many tests run at once on each core: programs and their tests mostly wait for each other.
const testsPerCore = 2

// executable is the mode of programs and their directory, whatever the umask: they may run as other users.
const executable = 0o755

var (
	dir   string
	own   string   // name of the command whose tests these are
	built sync.Map // of a command's name, to a function that builds it once

	// becomeRefused turns this process into a program that Refused starts. Other systems than Linux leave it empty.
	becomeRefused = func() {}
)

// Main runs a package's tests, with a directory for the programs that they build: call it from TestMain. After a run of
// all tests it fails if a command's help lists a flag that no test has used.
func Main(m *testing.M, commands ...string) {
	becomeRefused()
	takeSignals()
	runMoreSideBySide()
	socktest.NeedLoopback()
	removeTempDir := socktest.PlainTempDir()
	// An ordinary user's PATH lacks the directories of some programs that tests run, such as nginx and nft.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	for _, name := range []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"} {
		os.Unsetenv(name) // a service manager meant them for this process
	}
	var err error
	if dir, err = os.MkdirTemp("", "cmdtest"); err != nil {
		panic(err)
	}
	if err := os.Chmod(dir, executable); err != nil {
		panic(err)
	}
	folder, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	own = filepath.Base(folder)
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		code = unusedFlags(commands)
	}
	os.RemoveAll(dir)
	removeTempDir()
	os.Exit(code)
}

// takeSignals lets programs be ended by signals that this process ignores, as under nohup(1) or in a shell's background: a
// process inherits what is ignored, but not what is caught.
func takeSignals() {
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// runMoreSideBySide lets testsPerCore tests run at once on each core, unless the command line sets -parallel.
func runMoreSideBySide() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		flag.Set("test.parallel", strconv.Itoa(testsPerCore*runtime.GOMAXPROCS(0)))
	}
}

// Build builds a command of this module once and returns its path. If the test has the race detector, the command that
// the test's package belongs to has it too; the other one, which it talks to, starts several times as fast without.
func Build(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	build, _ := built.LoadOrStore(name, sync.OnceValue(func() error {
		args := []string{"build", "-buildvcs=false", "-o", path} // git refuses a tree that belongs to another user
		if name == own {
			args = append(args, raceFlags...)
		}
		out, err := exec.Command("go", append(args, "example.com/berkeley/cmd/"+name)...).CombinedOutput()
		if err != nil {
			return errors.New(string(out))
		}
		return os.Chmod(path, executable)
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

// helpFlag matches a line of a help text that begins with a flag.
var helpFlag = regexp.MustCompile(`(?m)^\s+(-[a-z0-9-]+)\b`)

// unusedFlags prints each flag in the commands' help that no test has used, and returns the exit code.
func unusedFlags(commands []string) (code int) {
	for _, name := range commands {
		help, err := exec.Command(filepath.Join(dir, name), "-h").Output()
		flags := helpFlag.FindAllSubmatch(help, -1)
		if err != nil || len(flags) == 0 {
			fmt.Printf("%s -h: error %v, want a help text with flags\n", name, err)
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

// environment returns this process's environment, with a setting that lets programs with the race detector exit at once.
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
	cmd.WaitDelay = Patience // another test's child also holds these pipes between its fork and its exec
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

// Start runs echoserver and waits until it listens on the address of every -listen flag among args.
// If it still runs when the test ends, it gets SIGTERM.
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
	cmd.WaitDelay = Patience // as in Run
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
		t.Fatalf("the server ended before it listened: %s", s.Stderr())
	}
	t.Cleanup(func() { s.Stop(syscall.SIGTERM) })
	return s
}

// Addr returns the first address.
func (s *Server) Addr() string { return s.Addrs[0] }

// Signal sends a signal to the server.
func (s *Server) Signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.Cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("%v: %v", sig, err)
	}
}

// Stop sends a signal if the server still runs, and waits until it has ended.
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

// Wait waits until the server has ended.
func (s *Server) Wait() *os.ProcessState {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(Patience):
		s.t.Errorf("the server has not ended after %v; it logged: %s", Patience, s.Stderr())
		s.Cmd.Process.Kill()
		<-s.ended
	}
	return s.Cmd.ProcessState
}
