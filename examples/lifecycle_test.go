//go:build linux

package examples_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var lifecycleScenarios = []string{"echo", "half-close", "reset", "backlog", "many", "udp", "unix"}

func lifecycle(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(built, "lifecycle"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

var (
	address = regexp.MustCompile(`127\.0\.0\.1:\d+|@[[:xdigit:]]+`)
	number  = regexp.MustCompile(`\b\d+(\.\d+)?\b`)
	// A closed socket is in FIN_WAIT1 until its FIN is acknowledged, for which the other side's kernel takes some time.
	finWait = regexp.MustCompile(`· FIN_WAIT[12]`)
)

// withoutNumbers leaves of a text what is the same in each run: no times, ports and descriptors. Runs of blanks are one.
func withoutNumbers(text string) []string {
	text = number.ReplaceAllString(address.ReplaceAllString(finWait.ReplaceAllString(text, ""), "ADDR"), "N")
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(blanks(line)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestLifecycle(t *testing.T) {
	for _, name := range lifecycleScenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", "lifecycle-"+name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			out := lifecycle(t, "-scenario", name)
			if !slices.Equal(withoutNumbers(out), withoutNumbers(string(want))) {
				t.Errorf("it isn't as in testdata:\n%s", out)
			}
		})
	}
}

// svgTexts are the texts of a picture, which must be well-formed.
func svgTexts(t *testing.T, file string) (texts []string) {
	t.Helper()
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	inText := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text" || token.Name.Local == "tspan"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				texts = append(texts, string(token))
			}
		}
	}
}

// The picture has the calls of the text, in their order, and as many arrows.
func TestLifecycleSVG(t *testing.T) {
	call, arrow := regexp.MustCompile(`\b[a-z]+\(`), regexp.MustCompile(`\b(SYN|FIN|RST|ICMP|connect|end)\b[^(]`)
	for _, name := range lifecycleScenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "picture.svg")
			lifecycle(t, "-scenario", name, "-svg", file)
			got := call.FindAllString(strings.Join(svgTexts(t, file), "\n"), -1)
			want := call.FindAllString(lifecycle(t, "-scenario", name), -1)
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("its calls are %q; want %q", got, want)
			}
			got, want = arrow.FindAllString(strings.Join(svgTexts(t, file), "\n"), -1), arrow.FindAllString(lifecycle(t, "-scenario", name), -1)
			if len(want) == 0 || len(got) != len(want) {
				t.Errorf("its arrows are %q; want %q", got, want)
			}
		})
	}
}

// README's picture is one that the program still draws.
func TestLifecyclePictureOfREADME(t *testing.T) {
	file := filepath.Join(t.TempDir(), "echo.svg")
	lifecycle(t, "-svg", file)
	got := withoutNumbers(strings.Join(svgTexts(t, file), "\n"))
	want := withoutNumbers(strings.Join(svgTexts(t, filepath.Join("lifecycle", "echo.svg")), "\n"))
	if !slices.Equal(got, want) {
		t.Errorf("go run ./examples/lifecycle -svg examples/lifecycle/echo.svg would draw\n%q\nnot\n%q", got, want)
	}
}

func TestLifecycleUsage(t *testing.T) {
	list := lifecycle(t, "-scenario", "list")
	for _, name := range lifecycleScenarios {
		if !strings.Contains(list, "  "+name+" ") {
			t.Errorf("the list lacks %s:\n%s", name, list)
		}
	}
	err := exec.CommandContext(t.Context(), filepath.Join(built, "lifecycle"), "-scenario", "none").Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 64 {
		t.Errorf("an unknown scenario gives %v; want exit status 64", err)
	}
}
