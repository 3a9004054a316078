//go:build linux

package examples_test

import (
	"flag"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/examples/internal/course"
)

var update = flag.Bool("update", false, "write the lessons' entries in README.md again")

// The lessons' entries in README.md are what their programs' first comments say. With -update, the test writes them.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := course.README(string(text), lessons(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("README.md has other entries than the lessons: go test ./examples -run TestREADME -update")
	}
}

// The course's README links to each program, and to the lessons in their order; its table of books has them too.
func TestREADMEIsComplete(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	mains, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, main := range mains { // the lessons are first, by their numbers
		at := strings.Index(string(text), "]("+main+")")
		if at <= last {
			t.Errorf("README.md doesn't link to %s, or not in the course's order", main)
		}
		last = max(last, at)
	}
	for _, l := range lessons(t) {
		if !strings.Contains(string(text), "\n| "+l.Name+" |") {
			t.Errorf("README.md's table of books has no line for %s", l.Name)
		}
	}
}

// What the README's table of questions names is a lesson, or one of its exercises.
func TestQuestions(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	exercises := map[string]int{}
	for _, l := range lessons(t) {
		exercises[l.Name] = len(l.Exercises)
	}
	_, table, _ := strings.Cut(string(text), "\n| question |")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")[2:]
	if len(rows) < 46 {
		t.Errorf("%d questions", len(rows))
	}
	for _, row := range rows {
		names := regexp.MustCompile(`(\d\d-[a-z-]+)(?:/(\d))?`).FindAllStringSubmatch(row, -1)
		if len(names) == 0 {
			t.Errorf("%q names no lesson", row)
		}
		for _, m := range names {
			which, _ := strconv.Atoi(m[2])
			if n, ok := exercises[m[1]]; !ok || which > n {
				t.Errorf("%q names %s, which isn't there", row, m[0])
			}
		}
	}
}

// The README lists each lesson once, in a section that the tour shows as a part of the course.
func TestParts(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := lessons(t)
	var listed []string
	for _, part := range course.Parts(string(text), all) {
		if part.Title == "" {
			t.Error("a part has no title")
		}
		for _, l := range part.Lessons {
			listed = append(listed, l.Name)
		}
	}
	for i, l := range all {
		if i >= len(listed) || listed[i] != l.Name {
			t.Fatalf("the parts have %q", listed)
		}
	}
}

// Each lesson says everything that a reader wants to know, and names pages of the manual.
func TestLessons(t *testing.T) {
	sentence := regexp.MustCompile(`^\S.*\.$`)
	for _, l := range lessons(t) {
		for _, text := range []string{l.Summary, l.New, l.Try, l.Breaks, l.Remember} {
			if !sentence.MatchString(text) {
				t.Errorf("%s: %q is no sentence", l.Name, text)
			}
		}
		if len(l.Pages()) == 0 {
			t.Errorf("%s: %q names no page of the manual", l.Name, l.New)
		}
	}
}

// Of an exercise's two to four options, one is the beginning of its answer.
func TestOptions(t *testing.T) {
	for _, l := range lessons(t) {
		for _, e := range l.Exercises {
			right := 0
			for _, option := range e.Options {
				only := e
				only.Options = []string{option}
				if only.Right() == option {
					right++
				}
			}
			if n := len(e.Options); n != 0 && (n < 2 || n > 4 || right != 1) {
				t.Errorf("%s: %q has %d options, and %d of them are right", l.Name, e.Question, n, right)
			}
		}
	}
}

// Each lesson has two or three exercises. Their changes apply, and leave a program that gofmt wouldn't change.
func TestExerciseChanges(t *testing.T) {
	for _, l := range lessons(t) {
		if n := len(l.Exercises); n < 2 || n > 3 {
			t.Errorf("%s has %d exercises", l.Name, n)
		}
		for _, e := range l.Exercises {
			changed, err := l.Change(e)
			if err != nil {
				t.Error(err)
				continue
			}
			if !strings.HasPrefix(changed, l.Head()+"package main\n") || l.Head()+l.Body() != l.Source {
				t.Errorf("%s: %q changes more than the program's body", l.Name, e.Question)
			}
			if formatted, err := format.Source([]byte(changed)); err != nil || string(formatted) != changed {
				t.Errorf("%s: %q leaves a program that isn't formatted: %v", l.Name, e.Question, err)
			}
			if e.Question == "" || e.Answer == "" || len(e.Shows) == 0 && !e.Hangs {
				t.Errorf("%s: an exercise lacks its question, answer or output", l.Name)
			}
		}
	}
}
