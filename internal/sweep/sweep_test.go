// Package sweep_test runs both programs with each of their system calls refused in turn, as an older kernel or a
// container's seccomp profile would. The programs work without the call, or say what is missing.
//
// The table in outcomes.txt has the outcomes. Only calls that are made are compared, since a program may make other
// calls on another kernel or machine: each needs the outcome in the table or a better one ("works" is always right),
// and a call that the table lacks needs any good outcome. A session with another outcome is repeated with much more
// time, because it may have failed only because the machine was busy.
package sweep_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	update    = flag.Bool("update", false, "rewrite outcomes.txt")
	only      = flag.String("session", "", "run only sessions whose program and name, with a space between, contain this")
	onlyErrno = flag.String("errno", "", "refuse calls only with this errno")
)

// errnos are those that mean "not available here".
var errnos = []struct {
	name  string
	errno syscall.Errno
}{
	{"ENOSYS", syscall.ENOSYS},
	{"EPERM", syscall.EPERM},
	{"EACCES", syscall.EACCES},
	{"EOPNOTSUPP", syscall.EOPNOTSUPP},
	{"ENOPROTOOPT", syscall.ENOPROTOOPT},
	{"EINVAL", syscall.EINVAL},
}

func TestMain(m *testing.M) {
	if refused := os.Getenv(refusal); refused != "" {
		fmt.Fprintln(os.Stderr, become(refused, os.Args[1:]))
		os.Exit(126)
	}
	os.Exit(m.Run())
}

// A client's timeout, and one that is ample even on a busy machine.
const (
	usualTime  = 2 * time.Second
	ampleTime  = 15 * time.Second
	mostRepeat = 2 // repetitions of a session whose outcome differs from the table
)

func TestSweep(t *testing.T) {
	if *update && *only+*onlyErrno != "" {
		t.Fatal("-update writes the whole table: all sessions with all errnos")
	}
	programs := build(t)
	var before table
	if !*update {
		before = readTable(t)
	}
	var swept []*sweep
	t.Run("session", func(t *testing.T) {
		for _, s := range sessions(programs) {
			if !strings.Contains(s.program+" "+s.name, *only) {
				continue
			}
			w := &sweep{session: s, path: programs[s.program], before: before}
			swept = append(swept, w)
			t.Run(s.program+" "+s.name, func(t *testing.T) {
				t.Parallel()
				w.run(t)
			})
		}
	})
	if *update && !t.Failed() {
		after := make(table)
		for _, w := range swept {
			after.add(w)
		}
		if err := os.WriteFile(tableFile, []byte(after.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A sweep runs a session once for each system call that it makes and each errno.
type sweep struct {
	session
	path     string // of the program
	before   table  // the table in the repository, nil with -update
	calls    []call
	outcomes []map[string]outcome // of each call, by the errno's name
}

func (w *sweep) run(t *testing.T) {
	w.calls = w.learnCalls(t)
	w.outcomes = make([]map[string]outcome, len(w.calls))
	for i, c := range w.calls {
		w.outcomes[i] = make(map[string]outcome)
		t.Run(c.title(), func(t *testing.T) {
			t.Parallel()
			for _, e := range errnos {
				if *onlyErrno == "" || *onlyErrno == e.name {
					w.outcomes[i][e.name] = w.refuse(t, c, e.name, e.errno)
				}
			}
		})
	}
}

// refuse runs the session with a call refused, and repeats it with more time if the outcome is wrong.
func (w *sweep) refuse(t *testing.T, c call, name string, errno syscall.Errno) outcome {
	t.Helper()
	start := func(args ...string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], append([]string{w.path}, args...)...)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d:%s", refusal, int(errno), c))
		return cmd
	}
	want := w.before.want(w.program, w.name, c.title(), name)
	right := func(o outcome) bool {
		return o == works || o.good() && (want == "" || want == o || want == chance)
	}
	o := w.session.run(t, start, usualTime)
	for i := 0; i < mostRepeat && !right(o); i++ {
		o = w.session.run(t, start, ampleTime)
	}
	switch {
	case !o.good():
		t.Errorf("%s: %s, want a good outcome", name, o)
	case !right(o):
		t.Errorf("%s: %s; want %s as in %s", name, o, want, tableFile)
	case slices.Contains(w.chance, c.name):
		return chance
	}
	return o
}

// learnCalls runs the session with no call refused, and lists the system calls that it made.
func (w *sweep) learnCalls(t *testing.T) []call {
	t.Helper()
	var file string
	o := w.session.run(t, func(args ...string) *exec.Cmd {
		var cmd *exec.Cmd
		cmd, file = traced(t, append([]string{w.path}, args...))
		return cmd
	}, ampleTime)
	if o != works {
		t.Fatalf("with no call refused: %s, want %s", o, works)
	}
	trace, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return callsOf(t, string(trace))
}
