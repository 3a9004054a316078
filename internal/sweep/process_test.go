package sweep_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func crashed(stderr string) bool {
	return strings.Contains(stderr, "goroutine ") || strings.Contains(stderr, "fatal error")
}

func firstLine(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// run runs a command to its end, and that of what it prints. The code is negative if it had to be killed.
func run(cmd *exec.Cmd, stdin string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return -1, "", err.Error()
	}
	timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	if errors.Is(err, exec.ErrWaitDelay) {
		return -1, out.String(), errs.String() + "it left a process that prints"
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// output is what a running program has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// server is a running echoserver.
type server struct {
	cmd    *exec.Cmd
	addrs  []string
	stderr output
	began  time.Time
	done   chan struct{}
}

// startServer starts a server and waits until it listens on the given number of addresses, or has ended.
func startServer(t *testing.T, cmd *exec.Cmd, listeners int) *server {
	t.Helper()
	s := &server{cmd: cmd, began: time.Now(), done: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout, cmd.Stderr = w, &s.stderr
	cmd.WaitDelay = patience
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

// ended waits until a server has ended, by a signal or by itself, and returns the outcome.
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
	case s.cmd.ProcessState.ExitCode() == 1 && saysWhy.MatchString(stderr):
		return line
	}
	return bad("unclear: exit %d: %s", s.cmd.ProcessState.ExitCode(), lastLine(stderr))
}

// stop waits until an idle server rests, and stops it. If failed clients weren't served, its log must say so.
func (s *server) stop(failed int) outcome {
	if !s.rests() {
		return bad("spins: never asleep")
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	if o := s.ended(); o != works {
		return o
	}
	if failed > 0 && !warned.MatchString(s.stderr.String()) {
		return bad("silent: %d clients were not served, and the log says nothing", failed)
	}
	if failed > 0 {
		return resets
	}
	return works
}

// rests reports whether an idle server sleeps and uses little processor time. It checks repeatedly, because on a busy machine
// the server may have to wait for a processor before it can sleep.
func (s *server) rests() bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		asleep, spent := 0, s.cpu()
		for range samples {
			time.Sleep(calm / samples)
			if s.asleep() {
				asleep++
			}
		}
		if asleep >= samples/4 && s.cpu()-spent <= calm/2 {
			return true
		}
	}
	return false
}

// asleep reports whether no thread is runnable: proc(5), the state in /proc/PID/task/TID/stat. It returns true for a
// server that has ended.
func (s *server) asleep() bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.cmd.Process.Pid))
	for _, name := range stats {
		if stat, _ := os.ReadFile(name); bytes.Contains(stat, []byte(") R ")) {
			return false
		}
	}
	return true
}

// cpu returns the processor time that a server has used: proc(5), utime and stime of /proc/PID/stat.
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
