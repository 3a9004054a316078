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

// fact says whether a peer has a call.
type fact struct{ mark, remark string }

func (f fact) String() string {
	if f.remark == "" {
		return f.mark
	}
	return f.mark + ": " + f.remark
}

type call struct {
	name  string
	facts []fact // one for each peer, or none at all
}

type group struct {
	title string
	calls []call
}

// callGroups parses calls.txt, which must name each function of the package in dir once. It may name methods too.
func callGroups(dir, text string) ([]group, error) {
	exported, methods, err := functions(dir)
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
		case !slices.Contains(exported, c.name) && !slices.Contains(methods, c.name):
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

// parseCall parses a line of calls.txt.
func parseCall(line string) (call, error) {
	cells := strings.Split(line, " | ")
	c := call{name: cells[0]}
	if len(cells) == 1 {
		return c, nil
	}
	if len(cells) != 1+len(peers) {
		return c, fmt.Errorf("calls.txt: %s has %d facts, not one for each of %d peers", c.name, len(cells)-1, len(peers))
	}
	for _, cell := range cells[1:] {
		mark, remark, _ := strings.Cut(cell, ": ")
		if !slices.Contains([]string{"yes", "part", "no"}, mark) {
			return c, fmt.Errorf("calls.txt: %s has the mark %q", c.name, mark)
		}
		c.facts = append(c.facts, fact{mark, remark})
	}
	return c, nil
}

// functions returns the names of the functions that a package exports on Linux, and of its methods, as in Type.Method.
func functions(dir string) (names, methods []string, err error) {
	linux := build.Default
	linux.GOOS, linux.GOARCH = "linux", "amd64"
	pkg, err := linux.ImportDir(dir, 0)
	if err != nil {
		return nil, nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Concat(pkg.GoFiles, pkg.CgoFiles) {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
	}
	documented, err := doc.NewFromFiles(fset, files, pkg.ImportPath)
	if err != nil {
		return nil, nil, err
	}
	funcs := documented.Funcs
	for _, t := range documented.Types {
		funcs = append(funcs, t.Funcs...)
		for _, m := range t.Methods {
			methods = append(methods, t.Name+"."+m.Name)
		}
	}
	for _, f := range funcs {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names, methods, nil
}

// callTables returns a table for each group, followed by the names of its calls that aren't compared.
func callTables(groups []group) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s", g.title, head(append([]string{"`sock`"}, peers...)...))
		var alone []string
		for _, c := range g.calls {
			if c.facts == nil {
				alone = append(alone, c.name)
				continue
			}
			cells := []string{c.name}
			for _, f := range c.facts {
				cells = append(cells, f.String())
			}
			b.WriteString(row(cells...))
		}
		if alone != nil {
			fmt.Fprintf(&b, "\nHelpers of package sock alone: %s.\n", strings.Join(alone, ", "))
		}
	}
	return b.String()
}
