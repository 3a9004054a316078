// Package sweep_test refuses to both programs, one at a time, each system call that they make, as an older kernel or the
// profile of a container does. A program that is refused something works without it, or says what is missing.
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
)

var (
	update = flag.Bool("update", false, "write outcomes.txt anew")
	only   = flag.String("session", "", "sweep only the sessions whose names contain this")
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

func TestSweep(t *testing.T) {
	programs := build(t)
	var swept []*sweep
	t.Run("session", func(t *testing.T) {
		for _, s := range sessions(programs) {
			if !strings.Contains(s.name, *only) {
				continue
			}
			w := &sweep{session: s, program: programs[strings.Fields(s.name)[0]]}
			swept = append(swept, w)
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				w.run(t)
			})
		}
	})
	var table strings.Builder
	for _, w := range swept {
		w.write(&table)
	}
	if *update {
		if err := os.WriteFile("outcomes.txt", []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A sweep runs a session once for each system call that it makes and each errno.
type sweep struct {
	session
	program  string
	calls    []call
	outcomes [][]outcome // of each call, in the order of errnos
}

func (w *sweep) run(t *testing.T) {
	w.calls = w.learnCalls(t)
	w.outcomes = make([][]outcome, len(w.calls))
	for i, c := range w.calls {
		t.Run(c.title(), func(t *testing.T) {
			t.Parallel()
			for _, e := range errnos {
				o := w.session.run(t, func(args ...string) *exec.Cmd {
					cmd := exec.Command(os.Args[0], append([]string{w.program}, args...)...)
					cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d:%s", refusal, int(e.errno), c))
					return cmd
				})
				if !o.good() {
					t.Errorf("%s: %s", e.name, o)
					o = "BAD"
				}
				w.outcomes[i] = append(w.outcomes[i], o)
			}
		})
	}
}

// learnCalls runs the session with nothing refused, and lists the system calls that it made.
func (w *sweep) learnCalls(t *testing.T) []call {
	var file string
	o := w.session.run(t, func(args ...string) *exec.Cmd {
		var cmd *exec.Cmd
		cmd, file = traced(t, append([]string{w.program}, args...))
		return cmd
	})
	if o != works {
		t.Fatalf("where nothing is refused: %s", o)
	}
	trace, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return callsOf(t, string(trace))
}

// write adds the session's rows to a table: one outcome where it is the same for every errno.
func (w *sweep) write(table *strings.Builder) {
	for i, c := range w.calls {
		fmt.Fprintf(table, "%-28s %-32s", w.name, c.title())
		if slices.Equal(w.outcomes[i], slices.Repeat(w.outcomes[i][:1], len(errnos))) {
			fmt.Fprintf(table, " %s", w.outcomes[i][0])
		} else {
			for j, o := range w.outcomes[i] {
				fmt.Fprintf(table, " %s=%s", errnos[j].name, o)
			}
		}
		table.WriteByte('\n')
	}
}
