package sweep_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tableFile has a line for each call and outcome: the program, the call, the outcome, and the sessions, unless all
// sessions of the program that make the call have this outcome.
const tableFile = "outcomes.txt"

// A table has the outcome of each call in each session, as text.
type table map[cell]string

type cell struct{ program, session, call string }

// add adds the outcomes of a sweep.
func (t table) add(w *sweep) {
	for i, c := range w.calls {
		t[cell{w.program, w.session.name, c.title()}] = joined(w.outcomes[i])
	}
}

// joined returns the outcome if it is the same for every errno, else each outcome with its errnos.
func joined(outcomes map[string]outcome) string {
	var kinds []outcome
	names := make(map[outcome][]string)
	for _, e := range errnos {
		o, ok := outcomes[e.name]
		if !ok {
			continue
		}
		if names[o] == nil {
			kinds = append(kinds, o)
		}
		names[o] = append(names[o], e.name)
	}
	if len(kinds) == 1 {
		return string(kinds[0])
	}
	var parts []string
	for _, o := range kinds {
		parts = append(parts, fmt.Sprintf("%s: %s", strings.Join(names[o], " "), o))
	}
	return strings.Join(parts, "; ")
}

// outcomeOf returns an errno's outcome in a joined text.
func outcomeOf(text, errno string) outcome {
	for part := range strings.SplitSeq(text, "; ") {
		names, o, ok := strings.Cut(part, ": ")
		if !ok {
			return outcome(part)
		}
		if slices.Contains(strings.Fields(names), errno) {
			return outcome(o)
		}
	}
	return ""
}

func (t table) String() string {
	type row struct{ program, call, outcome string }
	sessions := make(map[row][]string)
	rows := make(map[row]int) // the number of rows per call
	for c, o := range t {
		r := row{c.program, c.call, o}
		if sessions[r] == nil {
			rows[row{c.program, c.call, ""}]++
		}
		sessions[r] = append(sessions[r], c.session)
	}
	var lines []string
	for r, names := range sessions {
		line := fmt.Sprintf("%-12s%-32s%s", r.program, r.call, r.outcome)
		if rows[row{r.program, r.call, ""}] > 1 {
			slices.Sort(names)
			line = fmt.Sprintf("%-52s  (%s)", line, strings.Join(names, ", "))
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

var tableLine = regexp.MustCompile(`^(\S+) +(.+?)  +(\S.*?)(?:  +\((.*)\))?\n$`)

// readTable reads the table in the repository. A line without sessions applies to every session.
func readTable(t *testing.T) table {
	t.Helper()
	text, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	read := make(table)
	for line := range strings.Lines(string(text)) {
		m := tableLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%s: malformed line %q", tableFile, line)
		}
		for session := range strings.SplitSeq(m[4], ", ") {
			read[cell{m[1], session, m[2]}] = m[3]
		}
	}
	return read
}

// want returns the outcome in the table, or "" for a call that the session didn't make when the table was written.
func (t table) want(program, session, call, errno string) outcome {
	text, ok := t[cell{program, session, call}]
	if !ok {
		text = t[cell{program, "", call}]
	}
	return outcomeOf(text, errno)
}

func TestTable(t *testing.T) {
	all := func(o outcome) map[string]outcome {
		outcomes := make(map[string]outcome)
		for _, e := range errnos {
			outcomes[e.name] = o
		}
		return outcomes
	}
	mixed := all(works)
	mixed["EPERM"], mixed["EINVAL"] = line, chance
	var want table = table{
		{"server", "one", "setsockopt SO_LINGER"}: joined(all(works)),
		{"server", "two", "setsockopt SO_LINGER"}: joined(mixed),
		{"server", "two", "accept4"}:              joined(all(resets)),
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(tableFile, []byte(want.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	got := readTable(t)
	for _, tt := range []struct {
		session, call, errno string
		want                 outcome
	}{
		{"one", "setsockopt SO_LINGER", "EPERM", works},
		{"two", "setsockopt SO_LINGER", "EPERM", line},
		{"two", "setsockopt SO_LINGER", "EINVAL", chance},
		{"two", "setsockopt SO_LINGER", "EACCES", works},
		{"two", "accept4", "EACCES", resets},
		{"one", "bind", "EACCES", ""},
	} {
		if o := got.want("server", tt.session, tt.call, tt.errno); o != tt.want {
			t.Errorf("outcome of %v = %q, want %q; the table is:\n%s", tt, o, tt.want, want)
		}
	}
}
