package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed calls.txt
var callsText string

// fact is what a peer has of a call.
type fact struct{ mark, remark string }

type call struct {
	name  string
	facts []fact // one a peer
}

// marks is the call's facts without the remarks.
func (c call) marks() (marks []string) {
	for _, f := range c.facts {
		marks = append(marks, f.mark)
	}
	return marks
}

type group struct {
	title string
	calls []call
}

// callGroups reads calls.txt, which must name the functions of the package in dir, each once and nothing else.
func callGroups(dir, text string) ([]group, error) {
	exported, err := functions(dir)
	if err != nil {
		return nil, err
	}
	var groups []group
	var faults []error
	named := map[string]bool{}
	for line := range lines(text) {
		if title, ok := heading(line); ok {
			groups = append(groups, group{title: title})
			continue
		}
		c, err := parseCall(line)
		switch {
		case err != nil:
			faults = append(faults, err)
		case len(groups) == 0:
			faults = append(faults, fmt.Errorf("calls.txt: %s stands before any heading", c.name))
		case named[c.name]:
			faults = append(faults, fmt.Errorf("calls.txt has two lines for %s", c.name))
		case !slices.Contains(exported, c.name):
			faults = append(faults, fmt.Errorf("calls.txt has a line for %s, which package sock lacks", c.name))
		default:
			last := &groups[len(groups)-1]
			last.calls = append(last.calls, c)
		}
		named[c.name] = true
	}
	for _, name := range exported {
		if !named[name] {
			faults = append(faults, fmt.Errorf("calls.txt has no line for %s", name))
		}
	}
	return groups, errors.Join(faults...)
}

// parseCall reads a line of calls.txt.
func parseCall(line string) (call, error) {
	cells := strings.Split(line, " | ")
	c := call{name: cells[0]}
	if len(cells) == 1 {
		c.facts = slices.Repeat([]fact{{mark: "?"}}, len(peers))
		return c, nil
	}
	if len(cells) != 1+len(peers) {
		return c, fmt.Errorf("calls.txt: %s has %d facts, not one for each of %d peers", c.name, len(cells)-1, len(peers))
	}
	for _, cell := range cells[1:] {
		mark, remark, _ := strings.Cut(cell, ": ")
		if !slices.Contains([]string{"yes", "part", "no", "?"}, mark) {
			return c, fmt.Errorf("calls.txt: %s has the mark %q", c.name, mark)
		}
		c.facts = append(c.facts, fact{mark, remark})
	}
	return c, nil
}

// functions are the names of the functions that a package exports on Linux; methods aren't among them.
func functions(dir string) (names []string, err error) {
	linux := build.Default
	linux.GOOS, linux.GOARCH = "linux", "amd64"
	pkg, err := linux.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Concat(pkg.GoFiles, pkg.CgoFiles) {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	documented, err := doc.NewFromFiles(fset, files, pkg.ImportPath)
	if err != nil {
		return nil, err
	}
	funcs := documented.Funcs
	for _, t := range documented.Types {
		funcs = append(funcs, t.Funcs...)
	}
	for _, f := range funcs {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names, nil
}

// callTable has a line for the calls of a group of which every peer has as much.
func callTable(groups []group) string {
	var b strings.Builder
	b.WriteString(head(append([]string{"`sock`"}, peers...)...))
	for _, g := range groups {
		b.WriteString(row(append([]string{"**" + g.title + "**"}, make([]string, len(peers))...)...))
		var done [][]string
		for i, c := range g.calls {
			marks := c.marks()
			if slices.ContainsFunc(done, func(m []string) bool { return slices.Equal(m, marks) }) {
				continue
			}
			done = append(done, marks)
			names := []string{}
			for _, other := range g.calls[i:] {
				if slices.Equal(other.marks(), marks) {
					names = append(names, other.name)
				}
			}
			b.WriteString(row(append([]string{strings.Join(names, ", ")}, marks...)...))
		}
	}
	return b.String()
}

// remarkTable has each call with what there is to say about each peer.
func remarkTable(groups []group) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s", g.title, head(append([]string{"`sock`"}, peers...)...))
		for _, c := range g.calls {
			cells := []string{c.name}
			for _, f := range c.facts {
				cell := f.mark
				if f.remark != "" {
					cell += ": " + f.remark
				}
				cells = append(cells, cell)
			}
			b.WriteString(row(cells...))
		}
	}
	return b.String()
}
