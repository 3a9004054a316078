//go:build linux

package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// The chart has a panel for each placement and load, and in it a row for each scenario, with a dot for each server where its CPU
// per message lies, as a multiple of the reference's, on a log scale.
const (
	chartWidth  = 960.0
	chartLeft   = 290.0
	chartRight  = 920.0
	chartTop    = 108.0
	rowHeight   = 34.0
	panelGap    = 86.0
	ratioLeast  = 0.25
	ratioMost   = 4.0
	chartHeader = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="CPU time per message of echo servers">` + "\n"
)

const chartStyle = `<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #66717f }
.paper { fill: #ffffff } .headline { font-size: 24px; font-weight: 600; fill: #18212b } .title { font-size: 15px; font-weight: 600; fill: #18212b } .name { fill: #18212b }
.grid { stroke: #e5e9ee } .one { stroke: #18212b; stroke-width: 1.5 } circle { stroke: #ffffff; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
text { fill: #8f9bab } .paper { fill: #10151c } .headline, .title, .name { fill: #e8ecf2 } .grid { stroke: #242d39 } .one { stroke: #e8ecf2 } circle { stroke: #10151c }
}
</style>
`

// inks are the servers' colours: this project's engines are blue, and larger.
var inks = map[string]string{
	"again": "#b8bfc9", "raw": "#7a5195", "splice": "#b0613a", "epoll": "#2f6fed", "goroutines": "#6ea8ff", "threads": "#a9c8ff",
	"net": "#0b9a8a", "io.Copy": "#7bc043", "mdlayher": "#e0a100", "netpoll": "#c62f3b", "gnet": "#8e44ad", "evio": "#d96fa8",
	"floor": "#8f9bab",
}

// svg draws the ratios.
func (r results) svg() []byte {
	var body bytes.Buffer
	text(&body, 40, 46, "headline", "Server CPU per message, as a multiple of a plain C epoll server's")
	r.legend(&body)
	y := chartTop
	for _, place := range placements {
		for _, l := range loads {
			if rows := r.rows(place.name, l.name); len(rows) > 0 {
				text(&body, 40, y+12, "title", place.title+"; "+l.title)
				y = r.panel(&body, y, rows) + panelGap
			}
		}
	}
	var b bytes.Buffer
	height := y - panelGap + 56
	fmt.Fprintf(&b, chartHeader, chartWidth, height, chartWidth, height)
	b.WriteString(chartStyle)
	fmt.Fprintf(&b, `<rect class="paper" width="%.0f" height="%.0f" rx="10"/>`+"\n", chartWidth, height)
	b.Write(body.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func text(b *bytes.Buffer, x, y float64, class, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" class="%s">%s</text>`+"\n", x, y, class, html.EscapeString(s))
}

func dot(b *bytes.Buffer, x, y float64, server, title string) {
	radius := 5.0
	if server == "epoll" {
		radius = 7.5
	}
	fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"><title>%s</title></circle>`+"\n", x, y, radius, inks[server], html.EscapeString(title))
}

func (r results) legend(b *bytes.Buffer) {
	x := 44.0
	for _, name := range r.servers() {
		if inks[name] == "" {
			continue
		}
		dot(b, x, 74, name, name)
		text(b, x+11, 78, "name", name)
		x += 38 + 7.4*float64(len(name))
	}
}

// panel draws the rows of one placement and load, and gives where it ends.
func (r results) panel(b *bytes.Buffer, y float64, rows []setting) float64 {
	top, bottom := y+26, y+26+rowHeight*float64(len(rows))
	for _, ratio := range []float64{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4} {
		class := "grid"
		if ratio == 1 {
			class = "one"
		}
		x := position(ratio)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" class="%s"/>`+"\n", x, x, top, bottom, class)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%g</text>`+"\n", x, bottom+18, ratio)
	}
	for i, at := range rows {
		middle := top + rowHeight*(float64(i)+0.5)
		text(b, 40, middle+4, "name", at.scenario().title)
		for _, s := range r {
			if s.setting != at || inks[s.Server] == "" {
				continue
			}
			if ratio := r.ratio(s, cpu); ratio > 0 {
				dot(b, position(ratio), middle, s.Server, fmt.Sprintf("%s: %.2f", s.Server, ratio))
			}
		}
	}
	return bottom
}

// position is where a ratio lies; what lies outside of the scale is drawn at its end.
func position(ratio float64) float64 {
	ratio = min(max(ratio, ratioLeast), ratioMost)
	return chartLeft + (chartRight-chartLeft)*math.Log(ratio/ratioLeast)/math.Log(ratioMost/ratioLeast)
}
