//go:build unix

package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"example.com/berkeley/examples/internal/course"
	"example.com/berkeley/internal/life"
)

// runner builds and runs lessons' programs, one at a time.
type runner struct {
	root        string // the module's directory
	missing     string // why nothing can be run; empty: it can
	isolated    bool   // runs have a network and process numbers of their own
	buildTime   time.Duration
	runTime     time.Duration
	outputLimit int
	grace       time.Duration // for a run that is ended to end its processes and draw its picture
	turn        chan struct{} // has a value while something runs
	stopRun     atomic.Pointer[context.CancelFunc]
}

// message is what a run tells the page. Each has one of the first five, and the last one has End.
type message struct {
	Waiting bool            `json:"waiting,omitempty"` // for another program's end
	Output  string          `json:"output,omitempty"`
	Started bool            `json:"started,omitempty"`
	Errors  []mistake       `json:"errors,omitempty"`
	Picture string          `json:"picture,omitempty"` // SVG
	Steps   json.RawMessage `json:"steps,omitempty"`
	End     string          `json:"end,omitempty"` // how it ended
}

func newRunner(ctx context.Context) *runner {
	r := &runner{
		buildTime: 3 * time.Minute, runTime: 20 * time.Second, outputLimit: 64 << 10, grace: 10 * time.Second,
		turn: make(chan struct{}, 1),
	}
	r.root, r.missing = module(ctx)
	r.isolated = r.missing == "" && canIsolate(ctx)
	return r
}

// run builds and runs a lesson's program with another body. It tells what happens, and returns when all processes of the run
// have ended and its files are gone. It ends early with the context.
func (r *runner) run(ctx context.Context, l course.Lesson, body string, tell func(message)) {
	select {
	case r.turn <- struct{}{}:
	default:
		tell(message{Waiting: true})
		select {
		case r.turn <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
	defer func() { <-r.turn }()
	going, stop := context.WithCancel(ctx)
	defer stop()
	r.stopRun.Store(&stop)
	end, err := r.buildAndRun(going, l, body, tell)
	switch {
	case going.Err() != nil:
		end = "Stopped."
	case err != nil:
		end = "It couldn't be run: " + err.Error()
	}
	tell(message{End: end})
}

// buildAndRun goes on until its context ends. Then it draws the picture of what happened so far.
func (r *runner) buildAndRun(going context.Context, l course.Lesson, body string, tell func(message)) (end string, err error) {
	if r.missing != "" {
		return r.missing, nil
	}
	dir, err := os.MkdirTemp("", "tour-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return "", err
	}
	mistakes, err := r.build(going, dir, l, body)
	if err != nil {
		return "", err
	}
	if len(mistakes) > 0 {
		tell(message{Errors: mistakes})
		if mistakes[0].Line == 0 {
			return "It couldn't be built.", nil
		}
		return "It doesn't compile.", nil
	}
	tell(message{Started: true})
	if end, err = r.execute(going, dir, tell); err != nil {
		return "", err
	}
	return end, draw(filepath.Join(dir, "run.json"), tell)
}

// stop ends the run.
func (r *runner) stop() {
	if stop := r.stopRun.Load(); stop != nil {
		(*stop)()
	}
}

// execute runs the program that was built in dir, under a supervisor, with which all processes of the run end.
func (r *runner) execute(going context.Context, dir string, tell func(message)) (end string, err error) {
	out, in, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer out.Close()
	cmd := supervisor(context.Background(), dir, r.isolated)
	cmd.Stdout, cmd.Stderr = in, in
	gone, stop, err := startWatched(cmd)
	in.Close()
	if err != nil {
		return "", err
	}
	read, tooMuch := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		r.forward(out, tooMuch, tell)
	}()

	limit := time.NewTimer(r.runTime)
	defer limit.Stop()
	select {
	case <-gone:
	case <-limit.C:
		end = "It was ended after " + r.runTime.String() + "."
	case <-tooMuch:
		end = "It was ended: it printed too much."
	case <-going.Done():
	}
	stop.Close()
	select {
	case <-gone:
	case <-time.After(r.grace):
	}
	// What is left of its group goes before the supervisor is waited for: then its number may be another's.
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	cmd.Wait()
	out.SetReadDeadline(time.Now().Add(r.grace)) // a process that left the group may hold the other end
	<-read
	if end == "" {
		end = ended(cmd.ProcessState)
	}
	return end, nil
}

// startWatched starts a supervisor, which alone holds an end of each of two pipes. gone is closed when it has ended, before it
// is waited for. When stop is closed, also by the end of this process, it ends the program and records what happened so far.
func startWatched(cmd *exec.Cmd) (gone <-chan struct{}, stop io.Closer, err error) {
	watched, held, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer held.Close()
	heard, told, err := os.Pipe()
	if err != nil {
		watched.Close()
		return nil, nil, err
	}
	defer heard.Close()
	cmd.ExtraFiles = []*os.File{held, heard}
	if err := cmd.Start(); err != nil {
		watched.Close()
		told.Close()
		return nil, nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer watched.Close()
		watched.Read(make([]byte, 1))
		close(ended)
	}()
	return ended, told, nil
}

// forward tells what the program prints, up to the limit.
func (r *runner) forward(out io.Reader, tooMuch chan<- struct{}, tell func(message)) {
	left := r.outputLimit
	var rest []byte // the beginning of a character
	for p := make([]byte, 8<<10); ; {
		n, err := out.Read(p)
		text := append(rest, p[:n]...)
		if len(text) > left {
			text = text[:left]
		}
		left -= len(text)
		whole := len(text) - partial(text)
		if err != nil {
			whole = len(text)
		}
		if whole > 0 {
			tell(message{Output: strings.ToValidUTF8(string(text[:whole]), "\uFFFD")})
		}
		rest = append([]byte(nil), text[whole:]...)
		left += len(rest)
		if err != nil {
			return
		}
		if left-len(rest) <= 0 {
			close(tooMuch)
			io.Copy(io.Discard, out)
			return
		}
	}
}

// partial is how many bytes at the end of p begin a character.
func partial(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if tail := p[len(p)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}

// ended says how a program ended.
func ended(s *os.ProcessState) string {
	switch code := s.ExitCode(); {
	case code == 0:
		return "It ended."
	case code > signalled:
		return "It was ended by a signal: " + syscall.Signal(code-signalled).String() + "."
	default:
		return "It ended with an error: " + s.String() + "."
	}
}

// draw tells the picture of a run, if it left one.
func draw(file string, tell func(message)) error {
	p, err := os.ReadFile(file)
	if err != nil {
		return nil // it was ended too fast
	}
	run, err := life.ReadJSON(p)
	if err != nil || len(run.Events) == 0 {
		return err
	}
	steps, err := run.Steps()
	if err != nil {
		return err
	}
	tell(message{Picture: string(run.Fragment()), Steps: steps})
	return nil
}

// canIsolate tries whether a supervisor can have a network of its own.
func canIsolate(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return supervisor(ctx, probe, true).Run() == nil
}
