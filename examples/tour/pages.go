//go:build unix

package main

import (
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/berkeley/examples"
	"example.com/berkeley/examples/internal/course"
)

var templates = template.Must(template.New("").Funcs(template.FuncMap{"linked": linked, "add": func(a, b int) int { return a + b }}).
	ParseFS(pageFiles, "page/*.html"))

// pages shows the course.
type pages struct {
	lessons []course.Lesson
	parts   []course.Part
}

func newPages() (p pages, err error) {
	if p.lessons, err = course.Read(examples.Files); err != nil {
		return p, err
	}
	readme, err := fs.ReadFile(examples.Files, "README.md")
	p.parts = course.Parts(string(readme), p.lessons)
	return p, err
}

func (p *pages) find(name string) (l course.Lesson, ok bool) {
	i := p.index(name)
	if i < 0 {
		return l, false
	}
	return p.lessons[i], true
}

func (p *pages) index(name string) int {
	return slices.IndexFunc(p.lessons, func(l course.Lesson) bool { return l.Name == name })
}

func (p *pages) contents(rw http.ResponseWriter, _ *http.Request) {
	show(rw, "contents.html", struct {
		Title string
		Parts []course.Part
	}{"The course", p.parts})
}

// screen is what a page with a program shows: a lesson, or one of its exercises.
type screen struct {
	course.Lesson
	Title          string
	Path           string
	Part           string
	Count          int
	Previous, Next *course.Lesson
	Body           string // of the program
	Code           template.HTML
	Exercise       *course.Exercise // nil: the lesson itself
	Which          int              // of the exercises, from 1
	Removed, Added []string         // lines that the exercise changes
}

func (p *pages) lesson(rw http.ResponseWriter, r *http.Request) {
	s, ok := p.screen(r.PathValue("lesson"))
	if !ok {
		http.NotFound(rw, r)
		return
	}
	s.Code = highlight(s.Body, firstLine(s.Lesson), nil)
	show(rw, "lesson.html", s)
}

func (p *pages) exercise(rw http.ResponseWriter, r *http.Request) {
	s, ok := p.screen(r.PathValue("lesson"))
	which, err := strconv.Atoi(r.PathValue("exercise"))
	if !ok || err != nil || which < 1 || which > len(s.Exercises) {
		http.NotFound(rw, r)
		return
	}
	if err := s.change(which); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	show(rw, "lesson.html", s)
}

func (p *pages) screen(name string) (s *screen, ok bool) {
	i := p.index(name)
	if i < 0 {
		return nil, false
	}
	s = &screen{Lesson: p.lessons[i], Path: "/" + name, Count: len(p.lessons), Body: p.lessons[i].Body()}
	s.Title = s.Number() + " " + s.Lesson.Title()
	if i > 0 {
		s.Previous = &p.lessons[i-1]
	}
	if i+1 < len(p.lessons) {
		s.Next = &p.lessons[i+1]
	}
	for _, part := range p.parts {
		if slices.ContainsFunc(part.Lessons, func(l course.Lesson) bool { return l.Name == name }) {
			s.Part = part.Title
		}
	}
	return s, true
}

// change makes the screen that of an exercise: its program is changed, and the changed lines are marked.
func (s *screen) change(which int) error {
	e := s.Exercises[which-1]
	source, err := s.Lesson.Change(e)
	if err != nil {
		return err
	}
	s.Exercise, s.Which, s.Path = &e, which, fmt.Sprintf("%s/%d", s.Path, which)
	s.Body = strings.TrimPrefix(source, s.Head())
	first := 1 + strings.Count(s.Source[:strings.Index(s.Source, e.Replace)], "\n")
	before, after := strings.Split(s.Source, "\n"), strings.Split(source, "\n")
	head, tail := common(before[first-1:], after[first-1:])
	before, after = before[first-1+head:len(before)-tail], after[first-1+head:len(after)-tail]
	s.Removed, s.Added = outdented(before, after)
	from := first + head
	s.Code = highlight(s.Body, firstLine(s.Lesson), func(line int) bool { return line >= from && line < from+len(after) })
	return nil
}

// common is how many lines two programs have in common at their beginning and at their end.
func common(a, b []string) (head, tail int) {
	shorter := min(len(a), len(b))
	for head < shorter && a[head] == b[head] {
		head++
	}
	for tail < shorter-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

// outdented takes from all lines the tabs that they have in common.
func outdented(a, b []string) (outA, outB []string) {
	tabs := math.MaxInt
	for _, line := range slices.Concat(a, b) {
		if line != "" {
			tabs = min(tabs, len(line)-len(strings.TrimLeft(line, "\t")))
		}
	}
	for _, line := range a {
		outA = append(outA, line[min(tabs, len(line)):])
	}
	for _, line := range b {
		outB = append(outB, line[min(tabs, len(line)):])
	}
	return outA, outB
}

// firstLine is the number of the first line of a lesson's program that a page shows.
func firstLine(l course.Lesson) int { return 1 + strings.Count(l.Head(), "\n") }

var link = regexp.MustCompile(`\b([a-z_][a-z_0-9]*)\((\d)\)|\b(\d\d-[a-z]+(?:-[a-z]+)*)\b`)

// linked is text of the course in which pages of the manual and other lessons are links.
func linked(text string) template.HTML {
	text = template.HTMLEscapeString(text)
	return template.HTML(link.ReplaceAllStringFunc(text, func(s string) string {
		m := link.FindStringSubmatch(s)
		if m[3] != "" {
			return fmt.Sprintf(`<a href="/%s">%s</a>`, s, s)
		}
		return fmt.Sprintf(`<a class="manual" href="https://man7.org/linux/man-pages/man%s/%s.%s.html" target="_blank" rel="noreferrer">%s</a>`, m[2], m[1], m[2], s)
	}))
}

func show(rw http.ResponseWriter, name string, data any) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	templates.ExecuteTemplate(rw, name, data)
}
