//go:build unix

package main

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

var (
	docLink = regexp.MustCompile(`<a href="/doc/(\w+)">`)
	tag     = regexp.MustCompile(`<[^>]*>`)
)

// What a page shows of a program is its text, whatever it is, and each line is complete HTML.
func TestHighlight(t *testing.T) {
	for _, source := range []string{
		"package main\n", "", "\n\n", "x", "package main\n\nfunc main() { sock.Recv(fd, nil, 0) } // <b>\n",
		"a := `raw\n<script>\n` + \"\\\"\" + 'x' /* two\nlines */ 0x1p-2\n", "\"not closed\n'\n`", "/* not closed", "\x00\xff\ufeff sock.&", "sock.\nRecv",
		"a\r\nb `c\r\nd` // e\r\n/* f\r\ng */ h\r\n",
	} {
		text := string(highlight(source, 1, nil))
		for line := range strings.Lines(text) {
			if strings.Count(line, "<span") != strings.Count(line, "</span>") || strings.Count(line, "<a ") != strings.Count(line, "</a>") {
				t.Errorf("%q: %q isn't complete", source, line)
			}
		}
		got := html.UnescapeString(tag.ReplaceAllString(text, ""))
		if want := strings.TrimSuffix(source, "\n") + "\n"; got != want {
			t.Errorf("%q is shown as %q", source, got)
		}
	}
}

func TestMistakes(t *testing.T) {
	got := mistakes("# example.com/berkeley/examples/03-names\nexamples/03-names/main.go:20:5: undefined: x\nexamples/03-names/main.go:21:9: cannot use y\n\thave (int)\n\twant (string)\n")
	want := []mistake{{20, 5, "undefined: x"}, {21, 9, "cannot use y\nhave (int)\nwant (string)"}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v; want %v", got, want)
	}
	if got := mistakes("go: no space left on device\n"); len(got) != 1 || got[0] != (mistake{Text: "go: no space left on device"}) {
		t.Errorf("%v", got)
	}
}
