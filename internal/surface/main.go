// Surface writes the tables of what package sock has beside its peers: into README.md, and with remarks into
// internal/surface/README.md. The calls come from the package's source and the options from its catalogue, both as Linux
// has them; what the peers have is in calls.txt and options.txt. Run it in the repository's top directory, on Linux:
//
//	go run ./internal/surface
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// peers are the columns of calls.txt.
var peers = []string{"x/sys/unix", "net", "mdlayher/socket", "Python", "socket2", "rustix"}

// versions says which of each peer was looked at.
const versions = "The peers are golang.org/x/sys/unix v0.49.0, package net of Go 1.26.8, mdlayher/socket v0.8.0, CPython 3.11, and socket2 and\n" +
	"rustix as they were in 2026, on Linux.\n"

const (
	begin = "<!-- surface: written by go run ./internal/surface -->\n"
	end   = "<!-- surface: end -->\n"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "surface:", err)
		os.Exit(1)
	}
}

func run(top string) error {
	if runtime.GOOS != "linux" {
		return errors.New("only Linux has the whole catalogue of options")
	}
	pages, err := pages(top)
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pages are the files with the tables, as they ought to be.
func pages(top string) (map[string]string, error) {
	groups, err := callGroups(filepath.Join(top, "sock"), callsText)
	if err != nil {
		return nil, err
	}
	levels, err := optionLevels(optionsText)
	if err != nil {
		return nil, err
	}
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		return nil, err
	}
	whole, err := between(string(readme), versions+"\n"+callTable(groups)+"\n"+levelTable(levels))
	if err != nil {
		return nil, err
	}
	remarks := "# Package sock beside its peers, in full\n\n" + begin + "\n" + versions +
		remarkTable(groups) + "\n" + missing(levels)
	return map[string]string{"README.md": whole, "internal/surface/README.md": remarks}, nil
}

// between puts the tables between the two markers of a text.
func between(text, tables string) (string, error) {
	before, rest, opened := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !opened || !closed {
		return "", errors.New("README.md lacks the lines that the tables go between")
	}
	return before + begin + "\n" + tables + "\n" + end + after, nil
}

// row is a line of a table in Markdown.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// head is a table's first two lines.
func head(cells ...string) string {
	return row(cells...) + strings.Repeat("| --- ", len(cells)) + "|\n"
}
