// Surface writes README.md in its directory: tables that compare package sock with its peers. The calls are those of the
// package's source, and the options those of its catalogue, both on Linux; calls.txt and options.txt describe the peers.
// Run it on Linux in the repository's top directory:
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

// page is the file that the tables are written to.
const page = "internal/surface/README.md"

const introduction = `# Package sock beside its peers

<!-- written by go run ./internal/surface -->

The tables compare package sock on Linux with golang.org/x/sys/unix v0.49.0, package net of Go 1.26.8, github.com/mdlayher/socket
v0.8.0, Python's module socket (CPython 3.11), and the Rust crates socket2 (as of May 2026) and rustix (as of August 2026).

*yes*: the peer has a call or method that does what C's does. *part*: it does less than that, or needs code around it. *no*: it
has none. A remark says what the peer's costs or lacks. Allocations and system calls were counted on linux/amd64.
`

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
	text, err := tables(top)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(top, page), []byte(text), 0o644)
}

// tables returns the page's text.
func tables(top string) (string, error) {
	groups, err := callGroups(filepath.Join(top, "sock"), callsText)
	if err != nil {
		return "", err
	}
	levels, err := optionLevels(optionsText)
	if err != nil {
		return "", err
	}
	return introduction + callTables(groups) + "\n" + levelTable(levels) + "\n" + missing(levels), nil
}

// row returns a line of a table in Markdown.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// head returns a table's first two lines.
func head(cells ...string) string {
	return row(cells...) + strings.Repeat("| --- ", len(cells)) + "|\n"
}
