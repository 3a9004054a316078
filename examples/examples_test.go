//go:build linux

package examples_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
)

// built is the directory of the examples' programs.
var built string

func TestMain(m *testing.M) {
	socktest.NeedLoopback()
	dir, err := os.MkdirTemp("", "examples")
	if err == nil {
		built = dir
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build builds all examples, with the race detector if this test has it.
func build(dir string) error {
	args := []string{"build", "-o", dir}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "./...")...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %v\n%s", err, out)
	}
	return nil
}

// run runs an example without arguments. It must end by itself.
func run(t *testing.T, name string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(built, name)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// directories are those of the examples; numbered are those that make the course.
func directories(t *testing.T) (all, numbered []string) {
	t.Helper()
	mains, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, main := range mains {
		name := filepath.Dir(main)
		all = append(all, name)
		if regexp.MustCompile(`^\d\d-`).MatchString(name) {
			numbered = append(numbered, name)
		}
	}
	return all, numbered
}

// Each example prints what its file in testdata says; 01 has a test of its own.
func TestTranscripts(t *testing.T) {
	_, numbered := directories(t)
	for _, name := range numbered {
		if name == "01-echo-server" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			wantTranscript(t, run(t, name), strings.Split(strings.TrimSuffix(string(want), "\n"), "\n"))
		})
	}
}

// wantTranscript compares lines with patterns, in which runs of blanks are one. NUM stands for a number, HEX for a
// hexadecimal one, FD for a descriptor, ADDR for an address that the kernel picked, and ... for any lines. Where a state
// depends on how fast the other side is, {A|B} has all that it can be. Ports are A, B, C in the order in which they come.
func wantTranscript(t *testing.T, got, want []string) {
	t.Helper()
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
			t.Fatalf("line %d isn't %q:\n%s", i+1, line, strings.Join(got, "\n"))
		}
		i, skip = i+1, false
	}
	if i != len(got) && !skip {
		t.Errorf("%d lines, want %d:\n%s", len(got), i, strings.Join(got, "\n"))
	}
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
	port := regexp.MustCompile(`\d:\d+`)
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

func TestEchoServer(t *testing.T) {
	// The two sides run at once: their lines come in each side's order.
	lines := map[string][]string{}
	for _, line := range run(t, "01-echo-server") {
		who, _, _ := strings.Cut(line, " ")
		lines[who] = append(lines[who], line)
	}
	server := []string{
		"server socket() FD CLOSE 0.0.0.0:0",
		"server bind() FD CLOSE ADDR",
		"server listen() FD LISTEN ADDR",
	}
	var client []string
	for range 2 {
		server = append(server,
			"server accept() FD {ESTABLISHED|CLOSE_WAIT} ADDR and ADDR",
			"server recv() = 12 FD {ESTABLISHED|CLOSE_WAIT} ADDR and ADDR",
			"server recv() = 0 FD CLOSE_WAIT ADDR and ADDR",
			"server send() = 12 FD CLOSE_WAIT ADDR and ADDR",
			"server close() FD",
		)
		client = append(client,
			"client connect() FD ESTABLISHED ADDR and ADDR",
			"client shutdown() FD {FIN_WAIT1|FIN_WAIT2|CLOSE} ADDR{ and ADDR|}",
			`client received "Hello, world"`,
		)
	}
	wantTranscript(t, lines["server"], server)
	wantTranscript(t, lines["client"], client)
}

// The course has each example, and each of its examples tells in its first lines what a reader wants to know.
func TestCourse(t *testing.T) {
	course, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	all, numbered := directories(t)
	for _, name := range all {
		if !strings.Contains(string(course), "]("+name+"/main.go)") {
			t.Errorf("README.md doesn't link to %s", name)
		}
	}
	for _, name := range numbered {
		source, err := os.ReadFile(filepath.Join(name, "main.go"))
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(string(source), "\npackage main\n")
		for _, want := range []string{
			`^//go:build linux\n\n// ` + name + ` [^\n]*\n`, // what it is
			`\n//\n//\tgo run \./examples/` + name + `\b`,
			`\n// New here: (.+\n)*.*\w\(\d\)`, // a page of the manual
			`[Tt]ry: `,
			`\n// What breaks it: `,
		} {
			if !regexp.MustCompile(want).MatchString(header) {
				t.Errorf("the header of %s doesn't match %s", name, want)
			}
		}
	}
}
