//go:build unix

package cmdtest

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A manual's text between these lines is generated from the program's help.
const (
	manualBegin = "<!-- from echo* -h; rewritten by go test -run Manual -update -->\n"
	manualEnd   = "<!-- end of the help -->\n"
)

// CheckManual checks that a manual contains a program's help as Markdown. With -update it writes the help there.
func CheckManual(t *testing.T, manual, help string) {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), manualBegin)
	_, after, ended := strings.Cut(rest, manualEnd)
	if !begun || !ended {
		t.Fatalf("%s lacks the lines %q and %q", manual, manualBegin, manualEnd)
	}
	want := before + manualBegin + "\n" + Markdown(help) + "\n" + manualEnd + after
	if want == string(text) {
		return
	}
	if update := flag.Lookup("update"); update == nil || update.Value.String() != "true" {
		t.Fatalf("%s differs from the program's help: run go test -run Manual -update", manual)
	}
	if err := os.WriteFile(manual, []byte(want), 0o666); err != nil {
		t.Fatal(err)
	}
}

var (
	helpHeading = regexp.MustCompile(`^([A-Z])([A-Z ]+)((,| \().*)?$`)
	helpEntry   = regexp.MustCompile(`^\t(-[^\t]*)(\t.*)?$`)
)

// Markdown converts a help text to Markdown, from its first heading on. A heading is a line in capitals, which a remark
// may follow. A flag and its argument follow one tab, their description two, and a table in it two more spaces. Other
// lines after a tab are tables too.
func Markdown(help string) string {
	var b strings.Builder
	indent, table := "", false // the indentation of a flag's description; whether the last line belonged to a table
	for line := range strings.Lines(help) {
		line = strings.TrimSuffix(line, "\n")
		heading, entry := helpHeading.FindStringSubmatch(line), helpEntry.FindStringSubmatch(line)
		switch {
		case heading != nil:
			b.WriteString("### " + heading[1] + strings.ToLower(heading[2]) + heading[3] + "\n\n")
			indent, table = "", false
			continue
		case b.Len() == 0: // before the first heading
			continue
		case entry != nil:
			b.WriteString("- `" + entry[1] + "`  \n")
			line, indent, table = strings.TrimPrefix(entry[2], "\t"), "  ", false
			if line == "" {
				continue
			}
		case strings.HasPrefix(line, "\t\t"):
			line = strings.TrimPrefix(line, "\t\t")
		case line != "" && !strings.HasPrefix(line, "\t") && indent != "":
			b.WriteString("\n")
			indent = ""
		}
		inTable := strings.HasPrefix(line, "\t") || indent != "" && strings.HasPrefix(line, "  ")
		if inTable != table && line != "" {
			b.WriteString("\n")
		}
		switch {
		case inTable:
			b.WriteString(indent + "    " + strings.TrimLeft(line[:1], "\t") + line[1:] + "\n")
		case line == "":
			b.WriteString("\n")
			indent = ""
		default:
			b.WriteString(indent + line + "\n")
		}
		table = inTable && line != ""
	}
	return strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")
}
