// Package course reads the lessons of examples/. A lesson's text stands once, in the first comment of its main.go:
//
//	// NN-name says what the program is about: this paragraph is the lesson's entry in examples/README.md.
//	//
//	//	go run ./examples/NN-name    and what its arguments mean
//	//
//	// New here: calls, options and errors, with their pages of the manual.
//	//
//	// Try: what to run beside it, and what to change.
//	//
//	// What breaks it: the mistake that this lesson protects from.
//	//
//	// Remember: one sentence.
//
// Exercises are in exercises.json beside it, a list of Exercise.
package course

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Lesson is one program of the course.
type Lesson struct {
	Name      string // 01-echo-server
	Linux     bool   // whether it needs Linux
	Source    string // main.go
	Summary   string // begins with the name
	Usage     string // commands, one per line
	New       string // these four are without their first words
	Try       string
	Breaks    string
	Remember  string
	Exercises []Exercise
}

// Exercise is a change of a lesson's program and a question about what it does then.
type Exercise struct {
	Question string   `json:"question"`
	Options  []string `json:"options,omitempty"` // answers to choose from, of which Right is one; none: the reader writes
	Replace  string   `json:"replace"`           // occurs exactly once in main.go
	With     string   `json:"with"`
	Answer   string   `json:"answer"`          // begins with the right one of the options
	Shows    []string `json:"shows"`           // what the changed program prints, as in testdata: other lines may come before and after
	Hangs    bool     `json:"hangs,omitempty"` // whether it then waits for ever
}

var numbered = regexp.MustCompile(`^\d\d-`)

// Read reads all lessons, in their order. fsys is the directory examples/.
func Read(fsys fs.FS) (lessons []Lesson, err error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !numbered.MatchString(entry.Name()) {
			continue
		}
		l, err := read(fsys, entry.Name())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		lessons = append(lessons, l)
	}
	return lessons, nil
}

func read(fsys fs.FS, name string) (l Lesson, err error) {
	source, err := fs.ReadFile(fsys, path.Join(name, "main.go"))
	if err != nil {
		return l, err
	}
	exercises, err := fs.ReadFile(fsys, path.Join(name, "exercises.json"))
	if err != nil {
		return l, err
	}
	l = Lesson{Name: name, Source: string(source)}
	if err := json.Unmarshal(exercises, &l.Exercises); err != nil {
		return l, fmt.Errorf("exercises.json: %w", err)
	}
	comment, _, found := strings.Cut(l.Source, "\npackage main\n")
	if !found {
		return l, fmt.Errorf("main.go has no comment before its package clause")
	}
	comment, l.Linux = strings.CutPrefix(comment, "//go:build linux\n\n")
	return l, l.parse(comment)
}

// parse takes the paragraphs of the first comment.
func (l *Lesson) parse(comment string) error {
	paragraphs := strings.Split(strings.TrimPrefix(strings.ReplaceAll("\n"+comment, "\n//", "\n"), "\n"), "\n\n")
	fields := []struct {
		prefix string
		field  *string
	}{
		{l.Name + " ", &l.Summary}, {"\tgo run ./examples/" + l.Name, &l.Usage},
		{"New here: ", &l.New}, {"Try: ", &l.Try}, {"What breaks it: ", &l.Breaks}, {"Remember: ", &l.Remember},
	}
	if len(paragraphs) != len(fields) {
		return fmt.Errorf("the first comment of main.go has %d paragraphs, want %d", len(paragraphs), len(fields))
	}
	for i, f := range fields {
		paragraph := paragraphs[i]
		if f.field == &l.Usage {
			*f.field = strings.ReplaceAll(strings.TrimPrefix(paragraph, "\t"), "\n\t", "\n")
		} else {
			paragraph = strings.Join(strings.Fields(paragraph), " ") + " "
			*f.field = strings.TrimSpace(strings.TrimPrefix(paragraph, f.prefix))
		}
		if !strings.HasPrefix(paragraph, f.prefix) {
			return fmt.Errorf("paragraph %d of the first comment of main.go doesn't begin with %q", i+1, f.prefix)
		}
	}
	l.Summary = l.Name + " " + l.Summary
	return nil
}

// Pages returns the pages of the manual that the lesson is about, socket(2) for example.
func (l Lesson) Pages() []string {
	return regexp.MustCompile(`\b[a-z]\w*\(\d\)`).FindAllString(l.New, -1)
}

// Right returns the option that the answer begins with, or "" without options.
func (e Exercise) Right() string {
	for _, option := range e.Options {
		if rest, begins := strings.CutPrefix(e.Answer, option); begins && strings.Trim(rest[:min(1, len(rest))], " .,:;") == "" {
			return option
		}
	}
	return ""
}

// Change returns the lesson's program as an exercise changes it.
func (l Lesson) Change(e Exercise) (string, error) {
	if n := strings.Count(l.Source, e.Replace); n != 1 {
		return "", fmt.Errorf("%s: main.go has %q %d times, want once", l.Name, e.Replace, n)
	}
	return strings.Replace(l.Source, e.Replace, e.With, 1), nil
}
