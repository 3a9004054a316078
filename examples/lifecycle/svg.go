//go:build linux

package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lengths of the picture, in pixels.
const (
	margin    = 28.0
	top       = 104.0 // of the first row
	rowHeight = 28.0
	charWidth = 7.85 // of a call, in any monospaced font of 13 pixels
	timeWidth = 46.0
	pillWidth = 112.0
	laneGap   = 15.0
	laneWidth = 7.0
	gap       = 16.0
	between   = 190.0 // the sides
)

// picture is a diagram with its places.
type picture struct {
	*diagram
	strings.Builder
	rows   []float64           // the height of each step
	bottom float64             // the end of all lanes
	lanes  map[*socket]float64 // where a socket's line is
	calls  map[side]float64    // where the calls are, aligned to the middle
	pills  map[side]float64    // the middle of the states
	inner  map[side]float64    // where the lanes end and the arrows begin
	width  float64
}

// svg draws the diagram as a picture.
func (d *diagram) svg() []byte {
	p := &picture{diagram: d, lanes: map[*socket]float64{}}
	p.placeRows()
	p.placeColumns()
	height := p.bottom + 52
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" xml:space="preserve">`, p.width, height, p.width, height)
	p.add(`<title>%s</title>`, html.EscapeString(d.name+": "+d.title))
	p.add(`<style>%s</style>`, style())
	p.add(`<rect class="paper" x="0.5" y="0.5" width="%.0f" height="%.0f" rx="10"/>`, p.width-1, height-1)
	p.heading()
	for i := range d.steps {
		p.leaders(i)
	}
	for _, s := range d.sockets {
		p.lane(s)
	}
	for _, a := range d.arrows {
		p.arrow(a)
	}
	for i := range d.steps {
		p.step(i)
	}
	p.text(margin, p.bottom+34, "note", "start", "States are the kernel's, by TCP_INFO and sock_diag.   ·  no descriptor, before accept or after close   ⋮  a call waits")
	p.add(`</svg>`)
	return []byte(p.String())
}

func (p *picture) add(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *picture) text(x, y float64, class, anchor, s string) {
	p.add(`<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, class, x, y, anchor, html.EscapeString(s))
}

func (p *picture) line(class string, x1, y1, x2, y2 float64) {
	p.add(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

// placeRows gives each step a row, higher if a side has several new states.
func (p *picture) placeRows() {
	y := top
	for _, st := range p.steps {
		p.rows = append(p.rows, y)
		y += rowHeight * float64(max(1, len(pillsOf(st, server)), len(pillsOf(st, client))))
	}
	p.bottom = y - rowHeight/2
}

// placeColumns finds out how wide everything is. Sockets that weren't there at the same time may share a lane.
func (p *picture) placeColumns() {
	longest, count := map[side]int{}, map[side]int{}
	for _, st := range p.steps {
		longest[st.actor.side] = max(longest[st.actor.side], utf8.RuneCountInString(st.line()))
	}
	number := map[*socket]int{}
	for _, s := range p.sockets {
		first, _ := p.life(s)
		n := 0
		for other, taken := range number {
			if _, last := p.life(other); other.side == s.side && last > first {
				n = max(n, taken+1)
			}
		}
		number[s] = n
		count[s.side] = max(count[s.side], n+1)
	}
	lanes := func(s side) float64 { return float64(count[s]-1) * laneGap }
	left := margin + timeWidth + gap + float64(longest[server])*charWidth
	outer := left + pillWidth + 2*gap + laneGap
	right := outer + lanes(server) + between + lanes(client)
	p.calls = map[side]float64{server: left, client: right + laneGap + 2*gap + pillWidth}
	p.pills = map[side]float64{server: left + gap + pillWidth/2, client: right + laneGap + gap + pillWidth/2}
	p.inner = map[side]float64{server: outer + lanes(server), client: right - lanes(client)}
	for s, n := range number {
		p.lanes[s] = map[side]float64{server: outer + float64(n)*laneGap, client: right - float64(n)*laneGap}[s.side]
	}
	p.width = math.Ceil(p.calls[client] + float64(longest[client])*charWidth + margin)
}

// life is the steps at which a socket was first seen, and last.
func (p *picture) life(s *socket) (first, last int) {
	seen := func(st *step) bool {
		return slices.ContainsFunc(st.states, func(seen sighting) bool { return seen.socket == s && seen.changed })
	}
	first = slices.IndexFunc(p.steps, seen)
	if s.state != gone {
		return first, len(p.steps)
	}
	for last = len(p.steps) - 1; !seen(p.steps[last]); last-- {
	}
	return first, last
}
