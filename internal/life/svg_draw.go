package life

import (
	"html"
	"math"
	"slices"
	"time"
)

// row draws a row: a call and its new states, or a packet.
func (p *picture) row(i int) {
	w, at := p.rows[i], p.places[i]
	p.add(`<g class="row" data-row="%d" data-end="%.0f">`, i, at.top+at.height+noteHeight*float64(len(at.notes))+1)
	defer p.add(`</g>`)
	center := (p.edge(Server) + p.edge(Client)) / 2
	if w.pause > 0 {
		p.text(center, at.top-6, "pause", "middle", later(w.pause))
	}
	if w.folded != "" {
		p.line("fold", p.edge(Server), at.middle(), p.edge(Client), at.middle())
		p.text(center, at.middle()+4, "folded", "middle", "⋯ "+w.folded+" ⋯")
		return
	}
	p.text(p.timeX(), at.middle()+4, "time", "end", milliseconds(w.at))
	if w.call != nil {
		p.call(w, at)
	}
	if w.packet != nil {
		p.arrow(w.packet, at)
	}
	for _, side := range []Side{Server, Client} {
		for k, s := range p.news(w, side) {
			p.pill(s, side, at.middle()+float64(k)*(pillHeight+4))
		}
	}
	p.notes(w, at)
}

func (p *picture) call(w *row, at place) {
	side, y := w.call.Side, at.middle()
	p.line("leader", p.callX(side)-side.toward()*5, y, p.laneX(w.call.Socket), y)
	kind := "call"
	if w.call.Failed {
		kind = "call error"
	}
	for k, line := range at.lines {
		p.text(p.callX(side), y+4.5+lineHeight*float64(k), kind, anchors[side], line)
	}
	for _, socket := range w.call.marks() {
		p.add(`<circle class="dot %s" cx="%.1f" cy="%.1f" r="4"/>`, class(p.stateAt(socket, w)), p.laneX(socket), y)
	}
}

// marks are the sockets that a call is about: of one that waits for several, those that it asks about or that are ready.
func (c *Call) marks() []int {
	if c.Waits && c.Watched != nil {
		return c.Watched
	}
	if c.Woken != nil {
		return c.Woken
	}
	return []int{c.Socket}
}

var anchors = [2]string{Server: "start", Client: "end"}

// stateAt is the state of a socket after a row.
func (p *picture) stateAt(socket int, last *row) (state string) {
	for _, w := range p.rows {
		for _, s := range w.hiddenStates() {
			if s.Socket == socket {
				state = s.State
			}
		}
		if w == last {
			break
		}
	}
	return state
}

// pill is a new state, joined to the socket's line.
func (p *picture) pill(s State, side Side, y float64) {
	x := p.pillX(side)
	p.line("leader", x, y, p.laneX(s.Socket), y)
	p.add(`<circle class="dot %s" cx="%.1f" cy="%.1f" r="4"/>`, class(s.State), p.laneX(s.Socket), y)
	if !s.Changed {
		p.add(`<rect class="paper bare" x="%.1f" y="%.1f" width="%.0f" height="18"/>`, x-pillWidth/2+2, y-9, pillWidth-4)
		p.text(x, y+4, "queue "+class(s.State), "middle", s.String())
		return
	}
	for _, kind := range []string{"paper bare", "tint " + class(s.State)} {
		p.add(`<rect class="%s" x="%.1f" y="%.1f" width="%.0f" height="%.0f" rx="10"/>`, kind, x-pillWidth/2, y-pillHeight/2, pillWidth, pillHeight)
	}
	p.text(x, y+4, "state "+class(s.State), "middle", s.String())
}

func (p *picture) notes(w *row, at place) {
	y := at.top + at.height + 11
	for k, n := range at.notes {
		x := p.callX(n.side)
		if w.packet != nil {
			x = p.edge(n.side)
		}
		p.text(x, y+noteHeight*float64(k), "remark", anchors[n.side], n.text)
	}
}

// lane is a socket's line, in the colours of its states. Before the kernel was asked it is thin.
func (p *picture) lane(socket int) {
	span := p.lanes.spans[socket]
	if span.first < 0 {
		return
	}
	x, state, since := p.laneX(socket), "", p.places[span.first].middle()
	draw := func(until float64) {
		switch {
		case state == Gone || until <= since:
		case state == "":
			p.line("leader", x, since, x, until)
		default:
			p.add(`<rect class="lane %s" x="%.1f" y="%.1f" width="%.0f" height="%.1f" rx="2"/>`, class(state), x-laneWidth/2, since, laneWidth, until-since)
		}
	}
	for i, w := range p.rows {
		for _, s := range w.hiddenStates() {
			if s.Socket == socket && s.State != state {
				draw(p.places[i].middle())
				state, since = s.State, p.places[i].middle()
			}
		}
	}
	draw(p.bottom)
	for i, w := range p.rows {
		if w.call != nil && w.call.Waits && slices.Contains(w.call.marks(), socket) {
			p.line("waits", x, p.places[i].middle()+7, x, p.after(i)-5)
		}
	}
}

// after is where the same thread has its next row.
func (p *picture) after(i int) float64 {
	for j := i + 1; j < len(p.rows); j++ {
		if c := p.rows[j].call; c != nil && c.Thread == p.rows[i].call.Thread && c.Side == p.rows[i].call.Side {
			return p.places[j].middle()
		}
	}
	return p.bottom
}

// arrow goes down a little, as time does. It runs between the innermost lines; thin ones lead on to those farther out.
func (p *picture) arrow(a *Packet, at place) {
	y := at.top + 17
	x := p.arrowEnd(a.From, a.Side, y)
	end := p.arrowEnd(a.To, a.Side.Other(), y+slope)
	kind := "arrow"
	if a.Lost {
		kind, end = "arrow lost", x+(end-x)*0.72
		p.text(end+a.Side.toward()*8, y+slope+4.5, "cross", "middle", "✗")
	}
	p.line(kind, x, y, end, y+slope)
	if !a.Lost {
		p.head(x, y, end, y+slope)
	}
	kind = "label"
	if a.Kind == "ACK" && a.Len == 0 {
		kind = "label plain"
	}
	p.add(`<text class="%s" text-anchor="middle" x="%.1f" y="%.1f">%s</text>`, kind, (p.edge(Server)+p.edge(Client))/2, y-3, labelText(a))
}

// arrowEnd is where an arrow begins or ends on a side, and joins it to a line that is farther out.
func (p *picture) arrowEnd(socket int, side Side, y float64) float64 {
	x := p.edge(side) - side.toward()*(laneSpace-7)
	if socket == NoSocket {
		return x + side.toward()*laneSpace
	}
	if lane := p.laneX(socket); p.lanes.number[socket] < p.lanes.count[side]-1 {
		p.line("leader", lane, y, x, y)
		p.add(`<circle class="dot end" cx="%.1f" cy="%.1f" r="3"/>`, lane, y)
	}
	return x
}

// labelText has the numbers lighter than what the packet is.
func labelText(a *Packet) string {
	short := *a
	short.HasAck = false
	text := html.EscapeString(printable(short.label(false)))
	if a.HasAck {
		full := Packet{Seq: a.Seq, Ack: a.Ack, HasAck: true}
		text += ` <tspan class="numbers">` + html.EscapeString(full.label(true)) + `</tspan>`
	}
	return text
}

// head is the point of an arrow.
func (p *picture) head(x1, y1, x2, y2 float64) {
	size := math.Hypot(x2-x1, y2-y1)
	dx, dy := (x2-x1)/size, (y2-y1)/size
	const length, half = 9, 4
	bx, by := x2-dx*length, y2-dy*length
	p.add(`<path class="head" d="M%.1f %.1fL%.1f %.1fL%.1f %.1fz"/>`, x2, y2, bx-dy*half, by+dx*half, bx+dy*half, by-dx*half)
}

// later is a time without events.
func later(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String() + " later"
	}
	return d.Round(10*time.Millisecond).String() + " later"
}

// stylesheet has the colours for light and for dark surroundings.
func stylesheet() string {
	return `
.life text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:#1f2328}
.life .title,.life .side,.life .note,.life .remark,.life .pause,.life .folded{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.life .title{font-size:17px;font-weight:600}.life .side{font-weight:600}
.life .state,.life .time,.life .name,.life .queue{font-size:11px}.life .note,.life .pause,.life .folded,.life .remark{font-size:12px}
.life .note,.life .time,.life .pause,.life .folded,.life .numbers,.life .plain{fill:#6a7380}
.life .remark{font-style:italic;fill:#8a4b08}
.life .paper{fill:#fff;stroke:#d5dae0}.life .bare{stroke:none}.life .tint{fill-opacity:.14}
.life .leader{stroke:#1f2328;stroke-opacity:.16}.life .dot{stroke:#fff;stroke-width:1.5}
.life .waits{stroke:#fff;stroke-width:2.5;stroke-dasharray:2.5 4.5}
.life .arrow{stroke:#57606a;stroke-width:1.4}.life .head,.life .end{fill:#57606a}.life .lost{stroke-dasharray:4 3}
.life .label{font-size:12px;font-weight:600}.life .numbers,.life .plain{font-weight:400}.life .label.plain,.life .numbers{font-size:11px}
.life .fold{stroke:#d5dae0;stroke-dasharray:2 4}.life .folded,.life .label{stroke:#fff;stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
.life .error,.life .cross{fill:#c23540}.life .curtain{fill:#fff;fill-opacity:.86}
` + stateStyle(false) + `
@media(prefers-color-scheme:dark){
.life text{fill:#e6edf3}.life .note,.life .time,.life .pause,.life .folded,.life .numbers,.life .plain{fill:#8d97a5}.life .remark{fill:#e0b070}
.life .paper{fill:#14181f;stroke:#30363d}.life .bare{stroke:none}.life .tint{fill-opacity:.2}
.life .leader{stroke:#e6edf3}.life .dot,.life .waits,.life .label,.life .folded{stroke:#14181f}.life .arrow{stroke:#a3adb9}.life .head,.life .end{fill:#a3adb9}
.life .fold{stroke:#30363d}.life .error,.life .cross{fill:#f27a83}.life .curtain{fill:#14181f}
` + stateStyle(true) + `}
`
}
