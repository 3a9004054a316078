//go:build linux

package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A line has 100 columns: the time, the server's call, the state of its socket, what goes over, and the same of the client.
const (
	serverWidth = 24
	clientWidth = 28
	stateWidth  = 14
	arrowWidth  = 8
	layout      = "%6s %-24s%s │%-8s│ %s %s"
)

// text draws the diagram for a terminal.
func (d *diagram) text(coloured bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", d.name, d.title)
	line := func(cells ...any) {
		b.WriteString(strings.TrimRight(fmt.Sprintf(layout, cells...), " ") + "\n")
	}
	blank := strings.Repeat(" ", stateWidth)
	line("ms", "server", blank, "", blank, "client")
	for i, st := range d.steps {
		calls := map[side][]string{}
		calls[st.actor.side] = wrap(append(st.text(), st.result()), map[side]int{server: serverWidth, client: clientWidth}[st.actor.side])
		var arrows []string
		for _, a := range d.arrows {
			if a.tail == i {
				arrows = append(arrows, a.text())
			}
		}
		states := map[side][]string{}
		for _, seen := range st.states {
			states[seen.socket.side] = append(states[seen.socket.side], seen.text(coloured))
		}
		at := milliseconds(st.at)
		for k := range max(len(calls[st.actor.side]), len(arrows), len(states[server]), len(states[client])) {
			line(at, nth(calls[server], k, ""), nth(states[server], k, blank), nth(arrows, k, ""),
				nth(states[client], k, blank), nth(calls[client], k, ""))
			at = ""
		}
	}
	b.WriteByte('\n')
	for _, sign := range signs {
		if strings.Contains(b.String(), sign.text) {
			fmt.Fprintf(&b, "%s  %s\n", sign.text, sign.meaning)
		}
	}
	return b.String()
}

var signs = []struct{ text, meaning string }{
	{"…", "the call waits"},
	{"·", "no descriptor: the connection waits for accept, or the socket was closed"},
	{"✗", "dropped: there is no room for it"},
}

func (a *arrow) text() string {
	body := strings.Replace(a.label, " bytes", " B", 1)
	if len(body)+2 < arrowWidth {
		body = " " + body + " "
	}
	room := max(0, arrowWidth-1-len(body))
	body = strings.Repeat("─", room/2) + body + strings.Repeat("─", room-room/2)
	switch {
	case a.from == server && a.lost:
		return body + "✗"
	case a.from == server:
		return body + "▶"
	case a.lost:
		return "✗" + body
	}
	return "◀" + body
}

// text is the state, beside the lines in the middle; dim, if it is as before.
func (s sighting) text(coloured bool) string {
	align := map[side]string{server: "%*s", client: "%-*s"}[s.socket.side]
	text := fmt.Sprintf(align, stateWidth, s)
	if !coloured {
		return text
	}
	weight := map[bool]int{true: 1, false: 2}[s.changed]
	return fmt.Sprintf("\x1b[%d;%dm%s\x1b[0m", weight, colours[s.state].terminal, text)
}

func milliseconds(t time.Duration) string {
	ms := t.Seconds() * 1000
	if ms < 1000 {
		return fmt.Sprintf("%.2f", ms)
	}
	return fmt.Sprintf("%.1f", ms)
}

// wrap joins pieces to lines of a width.
func wrap(pieces []string, width int) (lines []string) {
	for _, piece := range pieces {
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

// nth is the k-th of s, or what is there instead.
func nth(s []string, k int, otherwise string) string {
	if k < len(s) {
		return s[k]
	}
	return otherwise
}
