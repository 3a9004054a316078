package main

import (
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"example.com/berkeley/sock"
)

//go:embed options.txt
var optionsText string

// level is a level of options in options.txt: how many of them the catalogue and the peers have, and which it lacks.
type level struct {
	title                            string
	number                           int
	ours, constants, socket2, rustix int // counts
	missing                          []string
}

// optionLevels parses options.txt, which must name each option of the catalogue once.
func optionLevels(text string) ([]level, error) {
	catalogue := map[string]bool{} // whether options.txt has it
	for _, o := range sock.Options() {
		catalogue[key(o.Level(), o.Name())] = false
	}
	var levels []level
	var faults []error
	for line := range lines(text) {
		if title, ok := heading(line); ok {
			name, number, _ := strings.Cut(title, " ")
			n, err := strconv.Atoi(number)
			faults = append(faults, err)
			levels = append(levels, level{title: name, number: n})
			continue
		}
		fields := strings.Fields(line)
		if len(levels) == 0 || len(fields) < 2 || fields[1] != "yes" && fields[1] != "no" {
			faults = append(faults, fmt.Errorf("options.txt has the line %q", line))
			continue
		}
		l := &levels[len(levels)-1]
		named, ok := catalogue[key(l.number, fields[0])]
		if named {
			faults = append(faults, fmt.Errorf("options.txt has two lines for %s of %s", fields[0], l.title))
		}
		if !ok {
			l.missing = append(l.missing, fields[0])
			continue
		}
		catalogue[key(l.number, fields[0])] = true
		l.count(fields)
	}
	for name, named := range catalogue {
		if !named {
			faults = append(faults, fmt.Errorf("options.txt has no line for %s", name))
		}
	}
	return levels, errors.Join(faults...)
}

func key(level int, label string) string { return fmt.Sprintf("%s of level %d", label, level) }

// count counts an option of the catalogue, for each peer that has it.
func (l *level) count(fields []string) {
	l.ours++
	if fields[1] == "yes" {
		l.constants++
	}
	typed := strings.Split(strings.Join(fields[2:], ""), ",")
	if slices.Contains(typed, "socket2") {
		l.socket2++
	}
	if slices.Contains(typed, "rustix") {
		l.rustix++
	}
}

// levelTable returns a table with a line for each level of which the catalogue has options, and their sum.
func levelTable(levels []level) string {
	var b strings.Builder
	b.WriteString("## The catalogue of options\n\n" +
		"How many options of the catalogue each peer has with their types; for x/sys/unix, how many it has constants for.\n" +
		"mdlayher/socket and Python set and get any option by its number; package net has methods for a few.\n\n")
	b.WriteString(head("level", "`sock`", "x/sys/unix, constants", "socket2", "rustix"))
	sum := level{title: "**all**"}
	for _, l := range levels {
		if l.ours > 0 {
			b.WriteString(l.row())
		}
		sum.ours += l.ours
		sum.constants += l.constants
		sum.socket2 += l.socket2
		sum.rustix += l.rustix
	}
	b.WriteString(sum.row())
	return b.String()
}

func (l level) row() string {
	return row(l.title, strconv.Itoa(l.ours), strconv.Itoa(l.constants), strconv.Itoa(l.socket2), strconv.Itoa(l.rustix))
}

// missing returns a table of the options in options.txt that the catalogue lacks.
func missing(levels []level) string {
	var b strings.Builder
	b.WriteString("### Options that the catalogue lacks\n\n" +
		"Some of these are obsolete, never worked, or exist as control messages only; some have a call or another name here. Declare the\n" +
		"others in your own code, in one line each, with `sock.IntOption` or another constructor. The same goes for options that\n" +
		"options.txt leaves out: multicast routing, iptables, and the levels of SCTP, Bluetooth and other rare families.\n\n")
	b.WriteString(head("level", "options"))
	for _, l := range levels {
		if len(l.missing) > 0 {
			b.WriteString(row(l.title, strings.Join(l.missing, ", ")))
		}
	}
	return b.String()
}

// lines returns the lines of a data file, except empty ones and comments.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !yield(line) {
				return
			}
		}
	}
}

// heading returns the text of a line in brackets.
func heading(line string) (string, bool) {
	inner, ok := strings.CutPrefix(line, "[")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(inner, "]")
}
