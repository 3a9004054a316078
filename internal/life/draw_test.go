package life

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the drawings of the recorded runs")

// recordings are runs of examples/lifecycle, which its flag -picture wrote.
func recordings(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata has no recordings: %v", err)
	}
	return files
}

// The drawings of recorded runs are those that were looked at. The pictures are those of examples/README.md.
func TestDrawings(t *testing.T) {
	for _, file := range recordings(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			p, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := ReadJSON(p)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".txt"), []byte(r.Text(false)))
			golden(t, filepath.Join("..", "..", "examples", "lifecycle", name+".svg"), r.SVG())
			checkPicture(t, r.SVG())
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from the drawing (go test ./internal/life -update rewrites it):\n%s", file, got)
	}
}

// element is a part of a picture.
type element struct {
	name, class, text string
	attributes        map[string]string
}

func (e element) number(name string) float64 {
	v, _ := strconv.ParseFloat(e.attributes[name], 64)
	return v
}

// elements reads a picture, which must be well-formed XML.
func elements(t *testing.T, svg []byte) (all []element) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	var open []int
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attributes: map[string]string{}}
			for _, a := range token.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			e.class = e.attributes["class"]
			open = append(open, len(all))
			all = append(all, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				all[i].text += string(token)
			}
		}
	}
}

// box is the place of a text, as wide as its characters are at most.
type box struct{ left, right, y float64 }

func (e element) box() box {
	width := charWidth * float64(len([]rune(e.text)))
	switch {
	case strings.Contains(e.class, "title"):
		width *= 1.15
	case slices.Contains([]string{"note", "remark", "pause", "folded"}, e.class):
		width *= 0.8
	case !strings.Contains(e.class, "call"):
		width *= 0.86
	}
	x, y := e.number("x"), e.number("y")
	return map[string]box{"end": {x - width, x, y}, "middle": {x - width/2, x + width/2, y}}[e.attributes["text-anchor"]].or(box{x, x + width, y})
}

func (b box) or(other box) box {
	if b == (box{}) {
		return other
	}
	return b
}

// checkPicture finds texts that lie on each other, or outside.
func checkPicture(t *testing.T, svg []byte) {
	t.Helper()
	all := elements(t, svg)
	width := all[0].number("width")
	if height := all[0].number("height"); width > 900 || height > 8000 {
		t.Errorf("the picture has %.0f by %.0f pixels, want at most 900 by 8000", width, height)
	}
	var texts []element
	for _, e := range all {
		if e.name == "text" && strings.TrimSpace(e.text) != "" {
			texts = append(texts, e)
		}
	}
	for i, e := range texts {
		a := e.box()
		if a.left < 0 || a.right > width+1 {
			t.Errorf("the text %q spans %.0f to %.0f, want within 0 to %.0f", e.text, a.left, a.right, width)
		}
		for _, other := range texts[i+1:] {
			b := other.box()
			if a.left < b.right && b.left < a.right && max(a.y-b.y, b.y-a.y) < 9 {
				t.Errorf("the text %q at %.0f overlaps %q at %.0f", e.text, a.y, other.text, b.y)
			}
		}
	}
}

// many is a run of n clients that connect to a server, send a number of messages, and close.
func many(n, messages int) *Run {
	r := &Run{Name: "many", Title: fmt.Sprint(n, " clients"), Sockets: []Socket{{Side: Server, Kind: TCP, Local: "127.0.0.1:80"}}}
	at := time.Duration(0)
	add := func(e Event) {
		at += 100 * time.Microsecond
		e.At = at
		r.Events = append(r.Events, e)
	}
	state := func(socket, fd int, state string) {
		add(Event{States: []State{{Socket: socket, FD: fd, State: state, Changed: true}}})
	}
	add(Event{Call: &Call{Name: "listen", Args: []string{"3", "5"}}})
	state(0, 3, "LISTEN")
	for i := range n {
		server, client := 2*i+1, 2*i+2
		name := fmt.Sprintf("127.0.0.1:%d", 40000+i)
		r.Sockets = append(r.Sockets, Socket{Side: Server, Kind: TCP, Local: "127.0.0.1:80", Remote: name}, Socket{Side: Client, Kind: TCP, Local: name, Remote: "127.0.0.1:80"})
		add(Event{Call: &Call{Socket: client, Side: Client, Thread: i, Name: "connect", Args: []string{fmt.Sprint(client), "127.0.0.1:80"}}})
		add(Event{Packet: &Packet{From: client, To: server, Side: Client, Kind: "SYN"}})
		state(server, NoFD, "ESTABLISHED")
		state(client, client, "ESTABLISHED")
	}
	for range messages {
		for i := range n {
			add(Event{Call: &Call{Socket: 2*i + 2, Side: Client, Thread: i, Name: "send", Args: []string{fmt.Sprint(2*i + 2), `"Hello"`}, Result: "= 5", N: 5}})
			add(Event{Packet: &Packet{From: 2*i + 2, To: 2*i + 1, Side: Client, Len: 5, HasAck: true}})
		}
	}
	for i := range n {
		state(2*i+2, NoFD, Gone)
		state(2*i+1, NoFD, Gone)
	}
	return r
}

func TestLargeRunsFold(t *testing.T) {
	for _, tt := range []struct{ clients, messages int }{{1, 100}, {20, 1}, {20, 10}, {1, 5000}, {200, 0}} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			r := many(tt.clients, tt.messages)
			checkPicture(t, r.SVG())
			if rows := r.folded(false); len(rows) > mostRows {
				t.Errorf("folded to %d rows, want at most %d", len(rows), mostRows)
			}
			text := r.Text(false)
			if lines := strings.Count(text, "\n"); lines > 2*mostRows {
				t.Errorf("the text has %d lines, want at most %d", lines, 2*mostRows)
			}
			if !strings.Contains(text, "⋮") && len(r.rows(true)) > mostRows {
				t.Errorf("the text does not show that rows are left out:\n%s", text)
			}
		})
	}
}

// What folds is counted: calls, packets and bytes are those of the run.
func TestFoldedRowsAreCounted(t *testing.T) {
	r := many(1, 500)
	sum := total{}
	for _, w := range r.folded(false) {
		sum.add(w)
	}
	if sum.calls != 502 || sum.packets != 501 || sum.bytes != 2500 {
		t.Errorf("total = %+v, want 502 calls, 501 packets, 2500 bytes", sum)
	}
}

// A fold names only what it hides.
func TestTotals(t *testing.T) {
	for _, tt := range []struct {
		total total
		want  string
	}{
		{total{calls: 2, packets: 1, bytes: 3, changes: 1}, "2 calls, 1 packet, 3 bytes, 1 change of state more"},
		{total{packets: 404, bytes: 25472}, "404 packets, 25472 bytes more"},
		{total{changes: 2}, "2 changes of state more"},
		{total{}, "more"},
	} {
		if got := tt.total.String(); got != tt.want {
			t.Errorf("%+v.String() = %q, want %q", tt.total, got, tt.want)
		}
	}
}

// A socket that was of no use, as the one that looks up an interface's number, is neither counted nor named.
func TestSocketsOfNoUseAreLeftOut(t *testing.T) {
	r := many(1, 1)
	want, useless := r.summary(), len(r.Sockets)
	r.Sockets = append(r.Sockets, Socket{Side: Client, Kind: UnixPacket, Local: "unix:useless"})
	r.Events = append(r.Events, Event{Call: &Call{Socket: useless, Side: Client, Name: "close"}})
	r.finish(nil, time.Time{})
	if got := r.summary(); got != want {
		t.Errorf("summary = %q, want %q", got, want)
	}
	if strings.Contains(string(r.SVG()), "unix:useless") {
		t.Error("the picture names it")
	}
}
