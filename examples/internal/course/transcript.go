package course

import (
	"fmt"
	"regexp"
	"strings"
)

// Compare compares the lines that a program printed with patterns, in which a run of blanks counts as one. NUM stands for a
// number, HEX for a hexadecimal one, FD for a descriptor, ADDR for an address that the kernel picked, and ... for any lines.
// Where a state depends on how fast the other side is, {A|B} lists all that it can be. Ports are A, B, C in the order in
// which they come.
func Compare(got, want []string) error {
	got = letterPorts(got)
	i, skip := 0, false
	for _, line := range want {
		if line == "..." {
			skip = true
			continue
		}
		matches := pattern(line).MatchString
		for skip && i < len(got) && !matches(blanks(got[i])) {
			i++
		}
		if i >= len(got) || !matches(blanks(got[i])) {
			return fmt.Errorf("line %d isn't %q", i+1, line)
		}
		i, skip = i+1, false
	}
	if i != len(got) && !skip {
		return fmt.Errorf("%d lines, want %d", len(got), i)
	}
	return nil
}

var placeholders = map[string]string{
	"NUM": `[\d.]+`, "HEX": `(0x)?[\da-f]+`, "FD": `fd \d+`, "ADDR": `127\.0\.0\.1:\w+`,
}

var (
	placeholder = regexp.MustCompile(`\b(NUM|HEX|FD|ADDR)\b`)
	alternative = regexp.MustCompile(`\\{([^{}]*\\\|[^{}]*)\\}`) // a quoted {A|B}; structures have braces, and no | in them
)

func pattern(line string) *regexp.Regexp {
	p := regexp.QuoteMeta(blanks(line))
	p = alternative.ReplaceAllStringFunc(p, func(s string) string {
		return strings.NewReplacer(`\{`, "(", `\|`, "|", `\}`, ")").Replace(s)
	})
	p = placeholder.ReplaceAllStringFunc(p, func(s string) string { return placeholders[s] })
	return regexp.MustCompile("^" + p + "$")
}

func blanks(line string) string { return strings.Join(strings.Fields(line), " ") }

func letterPorts(lines []string) (lettered []string) {
	letters := map[string]string{"0": "0"}
	port := regexp.MustCompile(`[\d\]]:\d+`)
	for _, line := range lines {
		lettered = append(lettered, port.ReplaceAllStringFunc(line, func(s string) string {
			number := s[2:]
			if letters[number] == "" {
				letters[number] = string(rune('A' + len(letters) - 1))
			}
			return s[:2] + letters[number]
		}))
	}
	return lettered
}
