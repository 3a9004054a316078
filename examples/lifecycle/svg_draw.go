//go:build linux

package main

import (
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strings"

	"example.com/berkeley/sock"
)

// line is the whole call.
func (st *step) line() string {
	return strings.TrimSpace(strings.Join(st.text(), " ") + " " + st.result())
}

// pillsOf are the states that are new at a step.
func pillsOf(st *step, side side) (pills []sighting) {
	for _, seen := range st.states {
		if seen.socket.side == side && seen.changed {
			pills = append(pills, seen)
		}
	}
	return pills
}

func (p *picture) heading() {
	p.add(`<text class="title" x="%.0f" y="44"><tspan class="name">%s:</tspan> %s</text>`, margin, p.name, p.title)
	p.text(margin+timeWidth, 80, "note", "end", "ms")
	p.text(p.calls[server], 80, "side", "end", "server")
	p.text(p.calls[client], 80, "side", "start", "client")
}

// toward is the direction from a side to the middle.
func (s side) toward() float64 { return map[side]float64{server: 1, client: -1}[s] }

// leaders join a step's call, and its new states, to the lanes of their sockets.
func (p *picture) leaders(i int) {
	st, y := p.steps[i], p.rows[i]
	from := st.actor.side
	p.line("leader", p.calls[from]+from.toward()*6, y, p.lanes[st.socket], y)
	for _, side := range []side{server, client} {
		for k, seen := range pillsOf(st, side) {
			at := y + float64(k)*rowHeight
			p.line("leader", p.pills[side], at, p.lanes[seen.socket], at)
		}
	}
}

// lane is a socket's line, in the colours of its states.
func (p *picture) lane(s *socket) {
	x, state, since := p.lanes[s], "", 0.0
	draw := func(until float64) {
		if state != "" && state != gone {
			p.add(`<rect class="lane %s" x="%.1f" y="%.1f" width="%.0f" height="%.1f" rx="2"/>`, state, x-laneWidth/2, since, laneWidth, until-since)
		}
	}
	for i, st := range p.steps {
		for _, seen := range st.states {
			if seen.socket == s && seen.changed {
				draw(p.rows[i])
				state, since = seen.state, p.rows[i]
			}
		}
	}
	draw(p.bottom)
	for i, st := range p.steps {
		if st.waits && st.socket == s {
			p.line("waits", x, p.rows[i]+7, x, p.rows[p.after(i)]-5)
		}
	}
}

// after is the next step of the same thread.
func (p *picture) after(i int) int {
	for j := i + 1; j < len(p.steps); j++ {
		if p.steps[j].actor == p.steps[i].actor {
			return j
		}
	}
	return len(p.steps) - 1
}

// step is a call and the states after it.
func (p *picture) step(i int) {
	st, y := p.steps[i], p.rows[i]
	anchor := map[side]string{server: "end", client: "start"}[st.actor.side]
	class := "call"
	if st.err != nil && st.err != sock.EINPROGRESS {
		class = "call error"
	}
	p.text(margin+timeWidth, y+4, "time", "end", milliseconds(st.at))
	p.text(p.calls[st.actor.side], y+4.5, class, anchor, st.line())
	for _, side := range []side{server, client} {
		for k, seen := range pillsOf(st, side) {
			at := y + float64(k)*rowHeight
			p.add(`<rect class="paper pill" x="%.1f" y="%.1f" width="%.0f" height="20" rx="10"/>`, p.pills[side]-pillWidth/2, at-10, pillWidth)
			p.add(`<rect class="tint %s" x="%.1f" y="%.1f" width="%.0f" height="20" rx="10"/>`, seen.state, p.pills[side]-pillWidth/2, at-10, pillWidth)
			p.text(p.pills[side], at+4, "state "+seen.state, "middle", seen.String())
		}
	}
	for _, seen := range st.states {
		if seen.socket == st.socket || seen.changed {
			p.add(`<circle class="dot %s" cx="%.1f" cy="%.1f" r="4"/>`, seen.state, p.lanes[seen.socket], y)
		}
	}
}

// arrow goes down a little, as time does, or to the step at which it was received.
func (p *picture) arrow(a *arrow) {
	const slope = 9
	x, end := p.inner[a.from], p.inner[a.from.other()]
	if a.src != nil {
		x = p.lanes[a.src]
	}
	if a.dst != nil {
		end = p.lanes[a.dst]
	}
	x, end = x+a.from.toward()*7, end-a.from.toward()*7
	y := p.rows[a.tail]
	heads := []float64{}
	for _, head := range a.heads {
		heads = append(heads, max(y+slope, p.rows[head]))
	}
	if len(heads) == 0 {
		heads = []float64{y + slope}
	}
	class := "arrow"
	if a.lost {
		class, end = "arrow lost", (x+end)/2
		p.text(end+a.from.toward()*8, heads[0]+6, "cross", "middle", "✗")
	}
	for _, head := range heads {
		p.line(class, x, y, end, head)
		if !a.lost {
			p.head(x, y, end, head)
		}
	}
	p.label(a.label, x, y, end, heads[0])
}

// head is the point of an arrow.
func (p *picture) head(x1, y1, x2, y2 float64) {
	size := math.Hypot(x2-x1, y2-y1)
	dx, dy := (x2-x1)/size, (y2-y1)/size
	const length, half = 9, 4
	bx, by := x2-dx*length, y2-dy*length
	p.add(`<path class="head" d="M%.1f %.1fL%.1f %.1fL%.1f %.1fz"/>`, x2, y2, bx-dy*half, by+dx*half, bx+dy*half, by-dx*half)
}

// label is along an arrow, nearer to where it comes from: there arrows that meet are apart.
func (p *picture) label(label string, x1, y1, x2, y2 float64) {
	const near = 0.24
	angle := math.Atan((y2-y1)/(x2-x1)) * 180 / math.Pi
	p.add(`<text class="label" text-anchor="middle" transform="translate(%.1f %.1f) rotate(%.1f)" y="-5">%s</text>`,
		x1+(x2-x1)*near, y1+(y2-y1)*near, angle, html.EscapeString(label))
}

// style has the colours for light and for dark surroundings.
func style() string {
	var light, dark strings.Builder
	for _, state := range slices.Sorted(maps.Keys(colours)) {
		fmt.Fprintf(&light, ".%s{fill:%s}", state, colours[state].light)
		fmt.Fprintf(&dark, ".%s{fill:%s}", state, colours[state].dark)
	}
	return `
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:#1f2328}
.title{font:17px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}.name{font-weight:600}
.side{font:600 13px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.state,.label,.time,.note{font-size:11px}.note,.time{fill:#6a7380}
.note{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.paper{fill:#fff;stroke:#d5dae0}.pill{stroke:none}.tint{fill-opacity:.14}
.leader{stroke:#1f2328;stroke-opacity:.16}.dot{stroke:#fff;stroke-width:1.5}
.waits{stroke:#fff;stroke-width:2.5;stroke-dasharray:2.5 4.5}
.arrow{stroke:#57606a;stroke-width:1.4}.head{fill:#57606a}.lost{stroke-dasharray:4 3}
.label{font-weight:600;stroke:#fff;stroke-width:3px;paint-order:stroke}
.error,.cross{fill:#c23540}
` + light.String() + `
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.note,.time{fill:#8d97a5}.paper{fill:#14181f;stroke:#30363d}.pill{stroke:none}.tint{fill-opacity:.2}
.leader{stroke:#e6edf3}.dot,.waits,.label{stroke:#14181f}.arrow{stroke:#a3adb9}.head{fill:#a3adb9}.error,.cross{fill:#f27a83}
` + dark.String() + `}
`
}
