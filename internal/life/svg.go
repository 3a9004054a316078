package life

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Lengths of the picture, in pixels. Everything stands between the sockets' lines, at the left and right edges: so it is
// narrow enough to be read on a phone. A row has one call, or one packet, or states: so nothing overlaps.
const (
	margin     = 14.0
	timeWidth  = 42.0
	laneGap    = 13.0 // between lines
	tightGap   = 10.0 // if a side has more than looseLanes
	looseLanes = 5
	laneWidth  = 7.0
	laneSpace  = 14.0  // between the lines and the text
	inner      = 464.0 // between the two sides' lines
	pillWidth  = 108.0
	pillHeight = 20.0
	lineHeight = 17.0
	noteHeight = 15.0
	charWidth  = 7.85 // in any monospaced font of 13 pixels
	noteChars  = 44
	slope      = 6.0
)

// picture is a run with its places.
type picture struct {
	*Run
	strings.Builder
	rows   []*row
	places []place
	top    float64 // of the first row
	bottom float64 // of the last
	lanes  *lanes
	gap    float64 // between the sockets' lines
	width  float64
}

// place is where a row is.
type place struct {
	top, height float64
	lines       []string   // of the call
	notes       []textLine // in both sides' order
}

type textLine struct {
	side Side
	text string
}

// middle is the height of a row's first line.
func (p place) middle() float64 { return p.top + 13 }

// SVG draws the run as a picture that follows the reader's choice of light or dark.
func (r *Run) SVG() []byte { return r.svg(stylesheet()) }

func (r *Run) svg(style string) []byte {
	p := &picture{Run: r, rows: r.folded(false)}
	p.lanes = newLanes(r, p.rows)
	p.gap = laneGap
	if max(p.lanes.count[Server], p.lanes.count[Client]) > looseLanes {
		p.gap = tightGap
	}
	p.width = 2*margin + timeWidth + 2*laneSpace + inner + p.gap*float64(p.lanes.count[Server]+p.lanes.count[Client]-2) + laneWidth
	title := wrap(strings.Fields(r.heading()), 54)
	p.top = 74 + 22*float64(max(1, len(title)))
	if r.heading() == "" {
		p.top = 46
	}
	p.placeRows()
	footer := p.footer()
	height := math.Ceil(p.bottom + 30 + noteHeight*float64(len(footer)))

	p.add(`<svg class="life" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" xml:space="preserve">`, p.width, height, p.width, height)
	p.add(`<title>%s</title>`, html.EscapeString(r.heading()))
	if style != "" {
		p.add(`<style>%s</style>`, style)
	}
	p.add(`<rect class="paper" x="0.5" y="0.5" width="%.0f" height="%.0f" rx="10"/>`, p.width-1, height-1)
	for i, line := range title {
		p.text(margin+4, 36+22*float64(i), "title", "start", strings.TrimSpace(line))
	}
	p.text(p.timeX(), p.top-14, "note", "end", "ms")
	p.text(p.edge(Server), p.top-14, "side", "start", Server.String())
	p.text(p.edge(Client), p.top-14, "side", "end", Client.String())
	for socket := range r.Sockets {
		p.lane(socket)
	}
	for i := range p.rows {
		p.row(i)
	}
	for i, line := range footer {
		p.text(margin+4, p.bottom+26+noteHeight*float64(i), line.class, "start", line.text)
	}
	p.add(`<rect class="curtain" x="1" y="%.0f" width="%.0f" height="0"/>`, p.bottom, p.width-2)
	p.add(`</svg>`)
	return []byte(p.String())
}

func (p *picture) add(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *picture) text(x, y float64, class, anchor, s string) {
	p.add(`<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, class, x, y, anchor, html.EscapeString(printable(s)))
}

func (p *picture) line(class string, x1, y1, x2, y2 float64) {
	p.add(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (p *picture) timeX() float64 { return margin + timeWidth - 6 }

// edge is where the text of a side begins.
func (p *picture) edge(side Side) float64 {
	left := margin + timeWidth + laneWidth/2 + p.gap*float64(p.lanes.count[Server]-1) + laneSpace
	return [2]float64{Server: left, Client: left + inner}[side]
}

// laneX is where a socket's line is. The first ones are outermost.
func (p *picture) laneX(socket int) float64 {
	side, n := p.Sockets[socket].Side, float64(p.lanes.number[socket])
	left := margin + timeWidth + laneWidth/2
	return [2]float64{Server: left + n*p.gap, Client: p.width - margin - laneWidth/2 - n*p.gap}[side]
}

// toward is the direction from a side to the middle.
func (s Side) toward() float64 { return [2]float64{Server: 1, Client: -1}[s] }

// pillX is the middle of a side's states.
func (p *picture) pillX(side Side) float64 { return p.edge(side) + side.toward()*pillWidth/2 }

// callX is where a side's calls begin.
func (p *picture) callX(side Side) float64 { return p.edge(side) + side.toward()*(pillWidth+10) }

// placeRows gives each row its height.
func (p *picture) placeRows() {
	y := p.top
	for _, w := range p.rows {
		at := place{}
		if w.pause > 0 {
			y += 24
		}
		at.top = y
		at.height = 22
		pills := max(len(p.news(w, Server)), len(p.news(w, Client)))
		at.height = max(at.height, float64(pills)*(pillHeight+4)-2)
		if w.call != nil {
			at.lines = wrap(w.call.pieces(), p.callChars(w))
			at.lines = at.lines[:min(len(at.lines), mostPieces)]
			at.height = max(at.height, lineHeight*float64(len(at.lines))+5)
		}
		if w.packet != nil {
			at.height = 27
		}
		for _, n := range w.notes {
			for _, text := range wrap(strings.Fields(n.text), noteChars) {
				at.notes = append(at.notes, textLine{n.side, text})
			}
		}
		y += at.height + noteHeight*float64(len(at.notes)) + 3 + 3*float64(min(1, len(at.notes)))
		p.places = append(p.places, at)
	}
	p.bottom = y + 4
}

// callChars is how many characters of a call fit in a line: more, if the other side has no states in the way.
func (p *picture) callChars(w *row) int {
	space := inner - pillWidth - 20
	if len(p.news(w, w.call.Side.Other())) > 0 {
		space -= pillWidth
	}
	return int(space / charWidth)
}

// footerLine is a line under the picture.
type footerLine struct{ class, text string }

// mostNames is how many sockets are listed with their names.
const mostNames = 8

// footer has the sockets' names and the remarks.
func (p *picture) footer() (lines []footerLine) {
	named, shown := 0, p.shown()
	for i, s := range p.Sockets {
		if !shown[i] || s.Local == "" && s.Remote == "" {
			continue
		}
		if named++; named <= mostNames {
			lines = append(lines, footerLine{"name", shortened(p.descriptor(i)+"  "+s.names(), 74)})
		}
	}
	if named > mostNames {
		lines = append(lines, footerLine{"note", fmt.Sprintf("and %s more", plural(named-mostNames, "socket"))})
	}
	if named > 0 {
		lines = append(lines, footerLine{"note", ""})
	}
	for _, remark := range append(p.remarks(), "States are the kernel's.  ·  no descriptor, before accept or after close  ⋮  a call waits") {
		for _, text := range wrap(strings.Fields(remark), 80) {
			lines = append(lines, footerLine{"note", text})
		}
	}
	return lines
}

// names are a socket's two names.
func (s Socket) names() string {
	if s.Remote == "" {
		return s.Local
	}
	return s.Local + " ↔ " + s.Remote
}

// descriptor is the first descriptor that a socket had.
func (r *Run) descriptor(socket int) string {
	for _, e := range r.Events {
		i := slices.IndexFunc(e.States, func(s State) bool { return s.Socket == socket && s.FD != NoFD })
		if i >= 0 {
			return fmt.Sprintf("%s %2d", r.Sockets[socket].Side, e.States[i].FD)
		}
	}
	return r.Sockets[socket].Side.String() + "  ·"
}
