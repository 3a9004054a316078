package life

import (
	"crypto/sha256"
	_ "embed" // of the page's parts
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.js
	pageScript string
	//go:embed page.css
	pageStyle string
)

// HTML draws the run as a page that steps through time, by keys and by buttons. It is one file that needs no other. What the run
// says is escaped; TestProgramsDropMethods says why this is not html/template.
func (r *Run) HTML() ([]byte, error) {
	data, err := json.Marshal(r.pageData())
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(pageScript)) // of the one script that may run, whatever else a name might be taken for
	policy := "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
	page := strings.NewReplacer(
		"{{.Policy}}", html.EscapeString(policy),
		"{{.Heading}}", html.EscapeString(r.heading()),
		"{{.Style}}", stylesheet()+pageStyle,
		"{{.Picture}}", string(r.Fragment()),
		"{{.Data}}", html.EscapeString(string(data)),
		"{{.Script}}", pageScript,
	)
	return []byte(page.Replace(pageText)), nil
}

// Fragment is the picture without a style sheet, to be put into a page that has Stylesheet.
func (r *Run) Fragment() []byte { return r.svg("") }

// Stylesheet is what the pictures of Fragment need.
func Stylesheet() string { return stylesheet() }

// Steps is what a page with a Fragment needs to step through it, as JSON: for each row of the picture its text, its call and
// the states after it, and the sockets' names.
func (r *Run) Steps() ([]byte, error) { return json.Marshal(r.pageData()) }

// pageData is what the page's script is given: the sockets, and the rows of the picture.
type pageData struct {
	Sockets []pageSocket `json:"sockets"`
	Rows    []pageRow    `json:"rows"`
}

type pageSocket struct {
	Side  string `json:"side"`
	Names string `json:"names"`
}

type pageRow struct {
	Text   string      `json:"text"`
	States []pageState `json:"states"`
	Call   string      `json:"call,omitempty"`
	Func   string      `json:"func,omitempty"`
	Lines  []int       `json:"lines,omitempty"`
}

// pageState is a socket's state after a row.
type pageState struct {
	Socket int    `json:"socket"`
	FD     string `json:"fd"`
	State  string `json:"state"`
	Class  string `json:"class"`
	Unread string `json:"unread"`
	Unsent string `json:"unsent"`
}

func (r *Run) pageData() (d pageData) {
	for _, s := range r.Sockets {
		d.Sockets = append(d.Sockets, pageSocket{s.Side.String(), printable(s.names())})
	}
	for _, w := range r.folded(false) {
		row := pageRow{Text: r.sentence(w)}
		if c := w.call; c != nil {
			row.Call, row.Func, row.Lines = printable(c.Name), printable(c.Func), c.Lines
		}
		for _, s := range w.hiddenStates() {
			row.States = append(row.States, s.cells())
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

// cells are a state as the table shows it.
func (s State) cells() pageState {
	cells := pageState{Socket: s.Socket, FD: "–", State: printable(s.State), Class: class(s.State), Unread: fmt.Sprint(s.Unread), Unsent: fmt.Sprint(s.Unsent)}
	if s.FD != NoFD {
		cells.FD = fmt.Sprint(s.FD)
	}
	switch s.State {
	case "LISTEN":
		cells.Unread = fmt.Sprintf("%d waiting", s.Unread)
		cells.Unsent = ""
		if s.Unsent > 0 {
			cells.Unsent = fmt.Sprintf("limit %d", s.Unsent)
		}
	case Gone, Unconnected:
		cells.Unread, cells.Unsent = "", ""
	}
	return cells
}

// sentence is a row in words.
func (r *Run) sentence(w *row) string {
	parts := []string{}
	if w.folded != "" {
		parts = append(parts, w.folded)
	}
	if w.call != nil {
		parts = append(parts, fmt.Sprintf("%s: %s", w.call.Side, strings.Join(w.call.pieces(), " ")))
	}
	if w.packet != nil {
		parts = append(parts, fmt.Sprintf("%s sends %s", w.packet.Side, w.packet.label(true)))
		if w.packet.Lost {
			parts = append(parts, "dropped")
		}
	}
	if len(parts) == 0 {
		for _, s := range w.states {
			if s.isNews() {
				parts = append(parts, fmt.Sprintf("%s: %s", r.Sockets[s.Socket].Side, s))
			}
		}
	}
	for _, n := range w.notes {
		parts = append(parts, n.text)
	}
	return printable(milliseconds(w.at) + " ms   " + strings.Join(parts, "; "))
}
