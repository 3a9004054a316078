package course

import (
	"fmt"
	"regexp"
	"strings"
)

// width is the longest line of the README.
const width = 128

// item matches a lesson's entry in the README.
var item = regexp.MustCompile(`(?m)^- \[(\d\d-[a-z-]+)\].*\n(  .*\n)*`)

// README returns the text of examples/README.md with each lesson's entry written again from its Summary.
func README(text string, lessons []Lesson) (string, error) {
	entries := map[string]string{}
	for _, l := range lessons {
		entries[l.Name] = l.entry()
	}
	text = item.ReplaceAllStringFunc(text, func(old string) string {
		name := item.FindStringSubmatch(old)[1]
		entry := entries[name]
		delete(entries, name)
		return entry
	})
	for name := range entries {
		return "", fmt.Errorf("README.md has no entry for %s", name)
	}
	return text, nil
}

// entry is a lesson's entry in the README: its summary, with a link.
func (l Lesson) entry() string {
	text := strings.Replace("- "+l.Summary, l.Name, "["+l.Name+"]("+l.Name+"/main.go)", 1)
	if l.Linux {
		text += " Linux only."
	}
	var lines strings.Builder
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > width:
			lines.WriteString(line + "\n")
			line = "  " + word
		default:
			line += " " + word
		}
	}
	return lines.String() + line + "\n"
}
