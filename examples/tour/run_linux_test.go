package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/examples/internal/course"
)

func needBuild(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no programs are built")
	}
}

// wantClean checks that runs have left nothing in the directory for temporary files.
func wantClean(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() {
		if left, _ := filepath.Glob(filepath.Join(dir, "tour-*")); len(left) > 0 {
			t.Errorf("it left %q", left)
		}
	})
}

// A lesson's run has its output and its picture, with packets or without, and doesn't touch the repository.
func TestRun(t *testing.T) {
	needBuild(t)
	wantClean(t)
	for _, isolated := range []bool{true, false} {
		c := startTour(t, func(r *runner) { r.isolated = r.isolated && isolated })
		l := c.lesson("11-shutdown")
		r := c.run(t.Context(), l.Name, l.Body(), nil)
		if !strings.Contains(r.output, "close that aborts") || r.end != "It ended." {
			t.Errorf("isolated %t: output %q, end %q", isolated, r.output, r.end)
		}
		for _, part := range []string{"<svg", "FIN_WAIT2", "CLOSE_WAIT", "TIME_WAIT", "shutdown(", "server", "client"} {
			if !strings.Contains(r.picture, part) {
				t.Errorf("isolated %t: no %s in the picture", isolated, part)
			}
		}
		if _, err := os.Stat(filepath.Join(c.server.runner.root, "examples", l.Name, "tour_recorder.go")); !os.IsNotExist(err) {
			t.Errorf("the recorder is in the repository: %v", err)
		}
	}
}

// Each lesson runs here as on a terminal: recorded, it prints what its transcript says, and has a picture.
func TestLessons(t *testing.T) {
	needBuild(t)
	wantClean(t)
	c := startTour(t, nil)
	for _, l := range c.server.lessons {
		r := c.run(t.Context(), l.Name, l.Body(), nil)
		if r.end != "It ended." {
			t.Errorf("%s: %s\n%s", l.Name, r.end, r.output)
		}
		got := strings.Split(strings.TrimSuffix(r.output, "\n"), "\n")
		if strings.HasPrefix(got[len(got)-1], "This lesson needs ") {
			continue
		}
		if strings.Count(r.picture, `class="row"`) < 3 {
			t.Errorf("%s: no picture", l.Name)
		}
		want, err := os.ReadFile(filepath.Join("..", "testdata", l.Name+".txt"))
		if os.IsNotExist(err) {
			continue // its two sides run at once
		}
		check(t, err)
		if err := course.Compare(got, strings.Split(strings.TrimSuffix(string(want), "\n"), "\n")); err != nil {
			t.Errorf("%s: %v:\n%s", l.Name, err, r.output)
		}
	}
}

func TestCompileError(t *testing.T) {
	needBuild(t)
	wantClean(t)
	c := startTour(t, nil)
	l := c.lesson("03-names")
	for _, tt := range []struct{ body, text string }{
		{"package main\n\nfunc main() {\n\tundefined()\n}\n", "undefined: undefined"},
		{"package main\n\nfunc main() {\n\t)\n}\n", "syntax error"},
		{"package main\n\nfunc main() {}\nimport \"fmt\"\n", "imports must appear before"},
	} {
		r := c.run(t.Context(), l.Name, tt.body, nil)
		if len(r.mistakes) == 0 || r.mistakes[0].Line != firstLine(l)+3 || !strings.Contains(r.mistakes[0].Text, tt.text) {
			t.Errorf("%q: %v", tt.body, r.mistakes)
		}
	}
}

// A program that exits or that a signal ends has a picture, too.
func TestEnds(t *testing.T) {
	needBuild(t)
	wantClean(t)
	c := startTour(t, nil)
	for _, tt := range []struct{ statement, end string }{
		{"os.Exit(0)", "It ended."},
		{"os.Exit(3)", "It ended with an error: exit status 3."},
		{"syscall.Kill(os.Getpid(), syscall.SIGKILL)", "It was ended by a signal: killed."},
	} {
		r := c.run(t.Context(), "03-names", strings.Replace(`package main

import (
	"os"
	"syscall"

	"example.com/berkeley/sock"
)

func main() {
	fd, _ := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	sock.Listen(fd, 1)
	STATEMENT
}

var _, _ = os.Exit, syscall.Kill
`, "STATEMENT", tt.statement, 1), nil)
		if r.end != tt.end || !strings.Contains(r.picture, "listen(") {
			t.Errorf("%s: end %q, picture %t, mistakes %v", tt.statement, r.end, r.picture != "", r.mistakes)
		}
	}
}

// What hangs has a picture when it is stopped.
func TestStop(t *testing.T) {
	needBuild(t)
	wantClean(t)
	c := startTour(t, nil)
	l := c.lesson("02-echo-client")
	body, err := l.Change(l.Exercises[0]) // without the shutdown, both wait
	check(t, err)
	output := ""
	stop := func(m message) {
		if output += m.Output; strings.Contains(output, "send()") {
			c.server.runner.stop()
		}
	}
	r := c.run(t.Context(), l.Name, strings.TrimPrefix(body, l.Head()), stop)
	if r.end != "Stopped." || !strings.Contains(r.picture, "connect(") {
		t.Errorf("end %q, output %q, picture %t", r.end, r.output, r.picture != "")
	}
}

const endless = "package main\n\nfunc main() {\n\tfor {\n\t\tprintln(\"more\")\n\t}\n}\n"

// A run ends at its limits.
func TestLimits(t *testing.T) {
	needBuild(t)
	wantClean(t)
	t.Run("time", func(t *testing.T) {
		// The limit passes before the supervisor runs, which ends the program nonetheless: the test doesn't last for the grace.
		c := startTour(t, func(r *runner) { r.runTime, r.outputLimit, r.grace = time.Millisecond, 1<<30, time.Hour })
		if r := c.run(t.Context(), "03-names", endless, nil); r.end != "It was ended after 1ms." {
			t.Errorf("end %q", r.end)
		}
	})
	t.Run("output", func(t *testing.T) {
		c := startTour(t, func(r *runner) { r.runTime, r.outputLimit = time.Hour, 1001 })
		if r := c.run(t.Context(), "03-names", endless, nil); len(r.output) != 1001 || r.end != "It was ended: it printed too much." {
			t.Errorf("%d bytes, end %q", len(r.output), r.end)
		}
	})
}

// The processes that a program starts end with it, also one that has a session of its own as a daemon has: when it ends, when the reader leaves, and when the tour ends.
func TestChildren(t *testing.T) {
	needBuild(t)
	wantClean(t)
	for _, tt := range []struct {
		name     string
		isolated bool
		then     string
		act      func(c *client, leave func())
	}{
		{"program ends", true, "time.Sleep(0)", nil},
		{"reader leaves", true, "time.Sleep(time.Hour)", func(_ *client, leave func()) { leave() }},
		{"tour ends", true, "time.Sleep(time.Hour)", func(c *client, _ func()) { c.end() }},
		{"program ends, not isolated", false, "time.Sleep(0)", nil},
		{"reader leaves, not isolated", false, "time.Sleep(time.Hour)", func(_ *client, leave func()) { leave() }},
		{"tour ends, not isolated", false, "time.Sleep(time.Hour)", func(c *client, _ func()) { c.end() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := startTour(t, func(r *runner) {
				if tt.isolated && !r.isolated {
					t.Skip("this system refuses namespaces of its own to this user")
				}
				r.isolated = tt.isolated
			})
			// Each process of the run holds the writing end of a FIFO, which ends when all have.
			fifo := filepath.Join(t.TempDir(), "fifo")
			check(t, syscall.Mkfifo(fifo, 0o600))
			reader, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			check(t, err)
			defer reader.Close()
			body := strings.NewReplacer("FIFO", fifo, "THEN", tt.then).Replace(`package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	fifo, err := os.OpenFile("FIFO", os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(fifo, "held")
	child := exec.Command("sleep", "1000")
	child.ExtraFiles, child.Stdout = []*os.File{fifo}, os.Stdout
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		panic(err)
	}
	fmt.Println("started")
	THEN
}
`)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			started := false
			c.run(ctx, "03-names", body, func(m message) {
				if strings.Contains(m.Output, "started") {
					started = true
					if tt.act != nil {
						tt.act(c, cancel)
					}
				}
			})
			if !started {
				t.Fatal("the program didn't start its child")
			}
			check(t, reader.SetReadDeadline(time.Now().Add(time.Minute)))
			if p, err := io.ReadAll(reader); err != nil || string(p) != "held\n" {
				t.Errorf("%q, %v: a process of the run is still there", p, err)
			}
		})
	}
}

// One program runs at a time: the second waits until the first has ended, and gives back its lock.
func TestOneAtATime(t *testing.T) {
	needBuild(t)
	wantClean(t)
	c := startTour(t, nil)
	file := filepath.Join(t.TempDir(), "lock")
	body := func(pause string) string {
		return strings.NewReplacer("FILE", file, "PAUSE", pause).Replace(`package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	f, err := os.Create("FILE")
	if err != nil {
		panic(err)
	}
	fmt.Println("locked:", syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	time.Sleep(PAUSE)
}
`)
	}
	var second chan result
	waits := make(chan bool, 1)
	first := c.run(t.Context(), "03-names", body("time.Hour"), func(m message) {
		if m.Output != "" && second == nil {
			second = make(chan result, 1)
			go func() {
				second <- c.run(t.Context(), "03-names", body("0"), func(m message) {
					if m.Waiting {
						waits <- true
					}
				})
			}()
			<-waits
			c.server.runner.stop()
		}
	})
	if second == nil {
		t.Fatalf("the first printed nothing: %+v", first)
	}
	if r := <-second; r.output != "locked: <nil>\n" {
		t.Errorf("the second: %+v", r)
	}
}
