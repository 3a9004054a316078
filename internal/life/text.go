package life

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A line has 100 columns: the time, the server's call, the state of its socket, what goes over, and the same of the client.
const (
	serverWidth = 22
	clientWidth = 27
	stateWidth  = 14
	arrowWidth  = 11
	lineLayout  = "%6s %-22s%s │%-11s│ %s %s"
	foldIndent  = 7
)

// Text draws the run for a terminal. ANSI colours are those of the states.
func (r *Run) Text(coloured bool) string {
	var b strings.Builder
	if heading := r.heading(); heading != "" {
		fmt.Fprintf(&b, "%s\n\n", heading)
	}
	blank := strings.Repeat(" ", stateWidth)
	line := func(cells ...any) {
		b.WriteString(strings.TrimRight(fmt.Sprintf(lineLayout, cells...), " ") + "\n")
	}
	line("ms", Server, blank, "", blank, Client)
	for _, w := range r.folded(true) {
		if w.folded != "" {
			fmt.Fprintf(&b, "%*s⋮ %s\n", foldIndent, "", w.folded)
			continue
		}
		at := milliseconds(w.at)
		cells := r.textCells(w, coloured)
		for k := range cells.height() {
			line(at, nth(cells.calls[Server], k, ""), nth(cells.states[Server], k, blank), nth(cells.arrow, k, ""),
				nth(cells.states[Client], k, blank), nth(cells.calls[Client], k, ""))
			at = ""
		}
	}
	b.WriteByte('\n')
	r.writeLegend(&b)
	return b.String()
}

// heading is what the run is about.
func (r *Run) heading() string {
	if r.Name == "" {
		return printable(r.Title)
	}
	return printable(r.Name + ": " + r.Title)
}

// textCells are the cells of a row, each with its lines.
type textCells struct {
	calls, states [2][]string
	arrow         []string
}

func (c *textCells) height() int {
	return max(len(c.calls[Server]), len(c.calls[Client]), len(c.states[Server]), len(c.states[Client]), len(c.arrow))
}

var callWidth = [2]int{Server: serverWidth, Client: clientWidth}

func (r *Run) textCells(w *row, coloured bool) *textCells {
	c := &textCells{}
	if w.call != nil {
		c.calls[w.call.Side] = wrap(w.call.pieces(), callWidth[w.call.Side])
	}
	for _, n := range w.notes {
		c.calls[n.side] = append(c.calls[n.side], wrap(strings.Fields("› "+n.text), callWidth[n.side])...)
	}
	if w.packet != nil {
		c.arrow = []string{w.packet.text()}
	}
	for _, s := range w.states {
		side := r.Sockets[s.Socket].Side
		c.states[side] = append(c.states[side], s.text(side, coloured))
	}
	return c
}

// text is an arrow with what went over.
func (p *Packet) text() string {
	body := strings.Replace(strings.Replace(p.label(false), " bytes", " B", 1), " byte", " B", 1)
	if p.Again {
		body = strings.Replace(body, " again", "", 1)
	}
	if utf8.RuneCountInString(body)+2 < arrowWidth {
		body = " " + body + " "
	}
	room := max(0, arrowWidth-1-utf8.RuneCountInString(body))
	body = strings.Repeat("─", room/2) + body + strings.Repeat("─", room-room/2)
	switch {
	case p.Side == Server && p.Lost:
		return body + "✗"
	case p.Side == Server:
		return body + "▶"
	case p.Lost:
		return "✗" + body
	}
	return "◀" + body
}

// text is the state, beside the lines in the middle; dim, if it is as before.
func (s State) text(side Side, coloured bool) string {
	align := [2]string{Server: "%*s", Client: "%-*s"}[side]
	text := fmt.Sprintf(align, stateWidth, s)
	if !coloured {
		return text
	}
	weight := map[bool]int{true: 1, false: 2}[s.isNews()]
	return fmt.Sprintf("\x1b[%d;%dm%s\x1b[0m", weight, colourOf(s.State).terminal, text)
}

var signs = []struct{ text, meaning string }{
	{"…", "the call waits"},
	{"·", "no descriptor: the connection waits for accept, or the socket was closed"},
	{"✗", "dropped: no socket takes it"},
	{"⋮", "left out, as nothing but bytes went over"},
}

// writeLegend explains the signs that occur.
func (r *Run) writeLegend(b *strings.Builder) {
	drawn := b.String()
	for _, sign := range signs {
		if strings.Contains(drawn, sign.text) {
			fmt.Fprintf(b, "%s  %s\n", sign.text, sign.meaning)
		}
	}
	for _, remark := range r.remarks() {
		fmt.Fprintf(b, "%s\n", remark)
	}
}

// remarks tell where the parts of a drawing come from.
func (r *Run) remarks() (remarks []string) {
	if summary := r.summary(); summary != "" {
		remarks = append(remarks, summary)
	}
	switch {
	case r.Inferred && r.Because != "":
		remarks = append(remarks, "arrows are worked out from the calls: "+printable(r.Because))
	case r.Inferred:
		remarks = append(remarks, "arrows are worked out from the calls")
	}
	for _, remark := range r.Remarks {
		remarks = append(remarks, printable(remark))
	}
	if r.Cut {
		remarks = append(remarks, "this is how it began; the rest was not recorded")
	}
	return remarks
}

func milliseconds(t time.Duration) string {
	ms := t.Seconds() * 1000
	if ms < 1000 {
		return fmt.Sprintf("%.2f", ms)
	}
	return fmt.Sprintf("%.1f", ms)
}

// wrap joins pieces to lines of a width. A piece that is longer is cut.
func wrap(pieces []string, width int) (lines []string) {
	for _, piece := range pieces {
		piece = shortened(printable(piece), width-2)
		last := len(lines) - 1
		switch {
		case piece == "":
		case last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(piece) <= width:
			lines[last] += " " + piece
		case last >= 0:
			lines = append(lines, "  "+piece)
		default:
			lines = []string{piece}
		}
	}
	return lines
}

// shortened is s if it has at most n characters, else its ends.
func shortened(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	tail := (n - 1) / 3
	return string(runes[:n-1-tail]) + "…" + string(runes[len(runes)-tail:])
}

// printable replaces what isn't: a name or a payload must not move a terminal's cursor, nor be malformed XML.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c == utf8.RuneError || c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069 ||
			c >= 0xfffe && c <= 0xffff {
			return '�'
		}
		return c
	}, s)
}

// nth is the k-th of s, or what is there instead.
func nth(s []string, k int, otherwise string) string {
	if k < len(s) {
		return s[k]
	}
	return otherwise
}
