//go:build linux

package examples_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/internal/life"
	"example.com/berkeley/internal/socktest"
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
	finWait    = regexp.MustCompile(`· FIN_WAIT[12]`)
	droppedSYN = regexp.MustCompile(`(?m)^ *([\d.]+) .*✗─+ SYN`)
	accepted   = regexp.MustCompile(`(?m)^ *([\d.]+) accept\(\d+\) = `)
)

// isLate reports whether two clients of the scenario backlog were accepted so late that the kernel may have sent the third one's SYN
// again before that, which it does after a second.
func isLate(drawing string) bool {
	dropped, accepts := droppedSYN.FindStringSubmatch(drawing), accepted.FindAllStringSubmatch(drawing, 2)
	if dropped == nil || len(accepts) < 2 {
		return false
	}
	from, _ := strconv.ParseFloat(dropped[1], 64)
	to, _ := strconv.ParseFloat(accepts[1][1], 64)
	return to-from > 500 // milliseconds
}

// withoutNumbers leaves of a drawing what is the same in each run, the words of each of its columns: no times, ports and
// descriptors, whose lengths decide where a line is broken.
func withoutNumbers(drawing string) (columns [3][]string) {
	drawing = number.ReplaceAllString(address.ReplaceAllString(finWait.ReplaceAllString(drawing, ""), "ADDR"), "N")
	for line := range strings.Lines(drawing) {
		for i, cell := range strings.SplitN(line, "│", len(columns)) {
			columns[i] = append(columns[i], strings.Fields(cell)...)
		}
	}
	return columns
}

// Without packets the picture is the same each time.
func TestLifecycle(t *testing.T) {
	for _, name := range lifecycleScenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", "lifecycle-"+name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			out := lifecycle(t, "-packets=false", "-scenario", name)
			if name == "backlog" && isLate(out) {
				t.Skip("this machine is so slow that the SYN may come again before the last accept waits for it")
			}
			if !reflect.DeepEqual(withoutNumbers(out), withoutNumbers(string(want))) {
				t.Errorf("it isn't as in testdata:\n%s", out)
			}
		})
	}
}

// svgTexts are the texts of a picture, which must be well-formed.
func svgTexts(t *testing.T, svg []byte) (texts []string) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	inText := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		socktest.Check(t, err)
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

// captured is what lifecycle prints with packets, if they may be captured here.
func captured(t *testing.T, scenario string) string {
	t.Helper()
	out := lifecycle(t, "-scenario", scenario)
	if strings.Contains(out, "capturing packets needs") {
		t.Skip("capturing packets needs root or a user namespace")
	}
	return out
}

// Packets of the scenarios, and what happened to them, in this order.
func TestLifecyclePackets(t *testing.T) {
	for _, tt := range []struct{ name, pattern string }{
		{"echo", `(?s) SYN .*SYN, ACK.*ACK 1 .* 5 B .* 5 B .* FIN .* FIN .*TIME_WAIT.*closed first`},
		{"half-close", `(?s) SYN .*shutdown.*FIN waits behind.*FIN.*CLOSE_WAIT.*sends no more`},
		{"reset", `(?s)RST.*linger time 0.*ECONNRESET.*RST.*5 bytes unread.*ECONNRESET`},
		{"backlog", `(?s)SYN, ACK.*SYN, ACK.*the queue is full.*✗─+ SYN.*sent again`},
		{"many", `(?s)SYN, ACK.*SYN, ACK.*SYN, ACK.*FIN.*FIN.*FIN.*7 sockets: 4 of the server`},
		{"udp", `(?s) 5 B .* 5 B .*ICMP.*ECONNREFUSED.*no socket has that port`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if out := captured(t, tt.name); !regexp.MustCompile(tt.pattern).MatchString(out) {
				t.Errorf("it doesn't match %s:\n%s", tt.pattern, out)
			}
		})
	}
}

// The picture has the calls of the text, in their order.
func TestLifecycleSVG(t *testing.T) {
	call := regexp.MustCompile(`\b[a-z]+\(`)
	for _, name := range lifecycleScenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "record.json")
			lifecycle(t, "-packets=false", "-scenario", name, "-picture", file)
			record, err := os.ReadFile(file)
			socktest.Check(t, err)
			var run life.Run
			socktest.Check(t, json.Unmarshal(record, &run))
			got := call.FindAllString(strings.Join(svgTexts(t, run.SVG()), "\n"), -1)
			want := call.FindAllString(run.Text(false), -1)
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("its calls are %q; want %q", got, want)
			}
		})
	}
}

// The kinds of files that a picture may be, by their names.
func TestLifecyclePicture(t *testing.T) {
	for ending, beginning := range map[string]string{".svg": "<svg ", ".html": "<!DOCTYPE html>", ".txt": "echo: ", ".json": "{"} {
		file := filepath.Join(t.TempDir(), "picture"+ending)
		lifecycle(t, "-packets=false", "-picture", file)
		if p, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(p), beginning) {
			t.Errorf("%s begins with %.20q (%v); want %q", ending, p, err, beginning)
		}
	}
	file := filepath.Join(t.TempDir(), "picture")
	lifecycle(t, "-packets=false", "-svg", file)
	if p, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(p), "<svg ") {
		t.Errorf("the file of -svg begins with %.20q (%v); want a picture", p, err)
	}
}

// examples/README.md shows the pictures of all scenarios.
func TestLifecyclePicturesOfREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lifecycleScenarios {
		file := "lifecycle/" + name + ".svg"
		if !strings.Contains(string(readme), "]("+file+")") {
			t.Errorf("README.md lacks %s", file)
		}
		svg, err := os.ReadFile(file)
		socktest.Check(t, err)
		if texts := svgTexts(t, svg); !strings.HasPrefix(texts[0], name+":") {
			t.Errorf("%s is about %q", file, texts[0])
		}
	}
}

func TestLifecycleUsage(t *testing.T) {
	list := lifecycle(t, "-scenario", "list")
	for _, name := range lifecycleScenarios {
		if !strings.Contains(list, "  "+name+" ") {
			t.Errorf("the list lacks %s:\n%s", name, list)
		}
	}
	for _, args := range [][]string{{"-scenario", "none"}, {"-picture", "file.png"}, {"-svg", "a", "-picture", "b.svg"}, {"more"}} {
		err := exec.CommandContext(t.Context(), filepath.Join(built, "lifecycle"), args...).Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 64 {
			t.Errorf("%q gives %v; want exit status 64", args, err)
		}
	}
}
