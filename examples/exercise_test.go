//go:build linux

package examples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/examples/internal/course"
)

// exercises writes each exercise's program into dir, and an overlay file of the go command, with which they are built as if
// they were next to the lessons: NN-name-exercise-1 and so on.
func exercises(dir string) (overlay string, err error) {
	all, err := course.Read(os.DirFS("."))
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, l := range all {
		files, err := filepath.Glob(l.Name + "/*.go")
		if err != nil {
			return "", err
		}
		for i, e := range l.Exercises {
			name := exerciseName(l, i)
			for _, file := range files { // beside main.go
				replace[filepath.Join(here, name, filepath.Base(file))] = filepath.Join(here, file)
			}
			changed, err := l.Change(e)
			if err != nil {
				return "", err
			}
			main := filepath.Join(dir, name+".go")
			if err := os.WriteFile(main, []byte(changed), 0o666); err != nil {
				return "", err
			}
			replace[filepath.Join(here, name, "main.go")] = main
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o666)
}

func exerciseName(l course.Lesson, i int) string { return fmt.Sprintf("%s-exercise-%d", l.Name, i+1) }

// Each exercise's program prints what its answer rests on. One that hangs prints it, and then doesn't end.
func TestExercises(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the exercises' programs aren't built")
	}
	for _, l := range lessons(t) {
		for i, e := range l.Exercises {
			t.Run(exerciseName(l, i), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				p := start(t, ctx, exerciseName(l, i))
				want := append(append([]string{"..."}, e.Shows...), "...")
				if !e.Hangs {
					<-p.ended
					got := lines(p.String())
					skipIfMissing(t, got)
					wantTranscript(t, got, want)
					if ctx.Err() != nil {
						t.Errorf("it hangs:\n%s", p)
					}
					return
				}
				p.awaitLines(t, want)
			})
		}
	}
}

// process is a running program and what it has printed so far.
type process struct {
	ended chan bool
	wrote chan bool // has a value when there is more
	mu    sync.Mutex
	out   bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.wrote <- true:
	default:
	}
	return p.out.Write(b)
}

func (p *process) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// start starts a program, which ends with the context or with the test, and so do the processes that it started.
func start(t *testing.T, ctx context.Context, name string, args ...string) *process {
	t.Helper()
	p := &process{ended: make(chan bool), wrote: make(chan bool, 1)}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, filepath.Join(built, name), args...)
	cmd.Stdout, cmd.Stderr = p, p
	// A signal may end a blocking call that has moved some bytes, and Go's scheduler preempts goroutines by signals.
	cmd.Env = append(cmd.Environ(), "GODEBUG=asyncpreemptoff=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.ended
	})
	return p
}

// awaitLines waits until the program has printed what it should, and then checks that it goes on.
func (p *process) awaitLines(t *testing.T, want []string) {
	t.Helper()
	for course.Compare(lines(p.String()), want) != nil {
		select {
		case <-p.wrote:
		case <-p.ended:
			got := lines(p.String())
			skipIfMissing(t, got)
			wantTranscript(t, got, want)
			return
		}
	}
	const patience = time.Second // a program that only is slow passes: this never fails one that hangs
	select {
	case <-p.ended:
		got := lines(p.String())
		skipIfMissing(t, got)
		t.Errorf("it ended, and should hang:\n%s", strings.Join(got, "\n"))
	case <-time.After(patience):
	}
}
