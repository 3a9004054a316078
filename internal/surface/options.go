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

// level is a level of options, as options.txt has it, and which of them the catalogue has.
type level struct {
	title                            string
	number                           int
	ours, constants, socket2, rustix int // counts
	missing                          []string
}

// optionLevels reads options.txt, which must name all options of the catalogue, each once.
func optionLevels(text string) ([]level, error) {
	catalogue := map[string]bool{} // whether options.txt has it
	for _, o := range sock.Options() {
		catalogue[key(o.Level(), o.Label())] = false
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

// count adds an option that the catalogue has, and who else has it.
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

// levelTable has a line for each level of which the catalogue has an option, and their sum.
func levelTable(levels []level) string {
	var b strings.Builder
	b.WriteString(head("options of the level", "`sock`", "x/sys/unix, constants", "net", "mdlayher/socket", "Python", "socket2", "rustix"))
	sum := level{title: "**together**"}
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

// row is the level's line. Python reads and sets any option, as an int or bytes; what net and mdlayher/socket have typed
// wasn't counted.
func (l level) row() string {
	return row(l.title, strconv.Itoa(l.ours), strconv.Itoa(l.constants), "?", "?", "0", strconv.Itoa(l.socket2), strconv.Itoa(l.rustix))
}

// missing lists what options.txt has and the catalogue lacks.
func missing(levels []level) string {
	var b strings.Builder
	b.WriteString("## Options that the catalogue lacks\n\n" +
		"Some are obsolete, never worked, or exist as control messages only; some have a call or another name here. The others take a\n" +
		"line of your own, with `sock.IntOption` and its like. So do those that options.txt leaves out: multicast routing, iptables,\n" +
		"and the levels of SCTP, Bluetooth and other rare families.\n\n")
	b.WriteString(head("level", "options"))
	for _, l := range levels {
		if len(l.missing) > 0 {
			b.WriteString(row(l.title, strings.Join(l.missing, ", ")))
		}
	}
	return b.String()
}

// lines are the lines of a data file that are neither empty nor comments.
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

// heading is the text of a line in brackets.
func heading(line string) (string, bool) {
	inner, ok := strings.CutPrefix(line, "[")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(inner, "]")
}
