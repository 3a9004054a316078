//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/berkeley/examples/internal/course"
)

// modulePath is the module that the lessons are part of.
const modulePath = "example.com/berkeley"

// recorderFile is built into a lesson's program, beside its main.go, which stays as it is.
const recorderFile = `package main

import "example.com/berkeley/internal/life"

func init() { life.RecordProcess() }
`

// mistake is an error that the compiler found.
type mistake struct {
	Line   int    `json:"line"` // of main.go; 0: elsewhere
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"`
}

// hasCaches matches the directories that the go command prints, unless it has none for one of them: "off", or an empty line.
var hasCaches = regexp.MustCompile(`^/.*\n/.*\n$`)

// module finds the module's directory. If it can't, missing says why.
func module(ctx context.Context) (root, missing string) {
	if _, err := exec.LookPath("go"); err != nil {
		return "", "the go command isn't in PATH (see https://go.dev/doc/install)"
	}
	out, err := goCommand(ctx, "", "list", "-m", "-f", "{{.Dir}}", modulePath).Output()
	root = strings.TrimSpace(string(out))
	if err != nil || root == "" {
		return "", "the tour must be started in the directory of the module " + modulePath
	}
	if out, _ := goCommand(ctx, "", "env", "GOCACHE", "GOMODCACHE").Output(); !hasCaches.Match(out) {
		return "", "the go command has no directory for what it builds: set HOME, or GOCACHE and GOMODCACHE"
	}
	return root, ""
}

// goCommand is a go command that reaches no network and changes nothing of the module. With the context it is interrupted: so
// it removes its temporary files.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// build builds a lesson's program with another body, and a recorder, as dir/lesson. Both are overlays of the lesson's
// directory: they are nowhere except in dir.
func (r *runner) build(ctx context.Context, dir string, l course.Lesson, body string) ([]mistake, error) {
	lesson := filepath.Join(r.root, "examples", l.Name)
	replace := map[string]string{}
	for name, text := range map[string]string{"main.go": l.Head() + body, "tour_recorder.go": recorderFile} {
		replace[filepath.Join(lesson, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.buildTime)
	defer cancel()
	cmd := goCommand(ctx, r.root, "build", "-buildvcs=false", "-overlay="+filepath.Join(dir, "overlay.json"), "-ldflags=-s -w", "-o", filepath.Join(dir, "lesson"), "./examples/"+l.Name)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("go build: %w", context.Cause(ctx))
	}
	if err != nil {
		return mistakes(out.String()), nil
	}
	return nil, nil
}

var compileError = regexp.MustCompile(`^\S*main\.go:(\d+):(?:(\d+):)? (.*)`)

// mistakes reads what the compiler printed. What isn't about a line of main.go is told as it is.
func mistakes(out string) (all []mistake) {
	var other []string
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		m := compileError.FindStringSubmatch(line)
		switch {
		case m != nil:
			number, _ := strconv.Atoi(m[1])
			column, _ := strconv.Atoi(m[2])
			all = append(all, mistake{number, column, m[3]})
		case strings.HasPrefix(line, "\t") && len(all) > 0:
			all[len(all)-1].Text += "\n" + strings.TrimSpace(line)
		case !strings.HasPrefix(line, "# "):
			other = append(other, line)
		}
	}
	if len(all) == 0 {
		all = []mistake{{Text: strings.Join(other, "\n")}}
	}
	return all
}
