//go:build unix

package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"time"
)

const plotBins = 250 // the most steps of time in a plot

// plotStyle has the colours for light and dark mode.
const plotStyle = `<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #66717f }
.paper { fill: #ffffff } .headline { font-size: 26px; font-weight: 600; fill: #18212b } .title { font-size: 15px; font-weight: 600; fill: #18212b }
.grid { stroke: #e5e9ee; stroke-width: 1 } .value { font-weight: 600; fill: #18212b } .mean { stroke: #66717f; stroke-dasharray: 2 4; stroke-width: 1.5 }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
.latency { stroke: #2f6fed } .throughput { stroke: #0b9a8a } .trouble { fill: #c62f3b; font-weight: 600 }
.area-latency { fill: #2f6fed; fill-opacity: .10 } .area-throughput { fill: #0b9a8a; fill-opacity: .12 } .dot { fill: #2f6fed; stroke: #ffffff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #8f9bab } .paper { fill: #10151c } .headline, .title, .value { fill: #e8ecf2 }
.grid { stroke: #242d39 } .mean { stroke: #8f9bab } .latency { stroke: #6ea8ff } .throughput { stroke: #35d0ba } .trouble { fill: #ff7b84 }
.area-latency { fill: #6ea8ff; fill-opacity: .14 } .area-throughput { fill: #35d0ba; fill-opacity: .14 } .dot { fill: #6ea8ff; stroke: #10151c }
}
</style>
`

// svg draws the report: the latencies by percentile, and the throughput over time.
func (r *report) svg() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 760" width="960" height="760" role="img" aria-label="A load on an echo server">`+"\n")
	b.WriteString(plotStyle)
	b.WriteString(`<rect class="paper" width="960" height="760" rx="10"/>` + "\n")
	label(&b, 40, 56, "start", "headline", rateText(r.MessagesPerSecond)+" messages/s")
	label(&b, 40, 82, "start", "", r.Server+": "+r.load())
	if trouble := r.errors(); trouble != "none" {
		label(&b, 40, 104, "start", "trouble", shortened(trouble, 120))
	}
	r.plotLatency(&b, chart{x: 96, y: 172, width: 804, height: 250})
	r.plotThroughput(&b, chart{x: 96, y: 526, width: 804, height: 170})
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// shortened returns a text, or the beginning of a long one.
func shortened(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

func label(b *bytes.Buffer, x, y float64, anchor, class, text string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`+"\n", x, y, anchor, class, html.EscapeString(text))
}

// chart is a rectangle with axes: from 0 to right, and from bottom to top, on a log scale if logarithmic.
type chart struct {
	x, y, width, height float64
	right, bottom, top  float64
	logarithmic         bool
}

func (c chart) atX(v float64) float64 { return c.x + c.width*v/c.right }

func (c chart) atY(v float64) float64 {
	part := (v - c.bottom) / (c.top - c.bottom)
	if c.logarithmic {
		part = math.Log(v/c.bottom) / math.Log(c.top/c.bottom)
	}
	return c.y + c.height*(1-min(max(part, 0), 1))
}

func (c chart) lineAcross(b *bytes.Buffer, v float64, text string) {
	y := c.atY(v)
	fmt.Fprintf(b, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", c.x, y, c.x+c.width, y)
	label(b, c.x-12, y+4.5, "end", "", text)
}

func (c chart) lineUp(b *bytes.Buffer, v float64, text string) {
	x := c.atX(v)
	fmt.Fprintf(b, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", x, c.y, x, c.y+c.height)
	label(b, x, c.y+c.height+22, "middle", "", text)
}

// curve draws a line through points, and the area under it.
func (c chart) curve(b *bytes.Buffer, class string, points [][2]float64) {
	var path bytes.Buffer
	for i, p := range points {
		fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], c.atX(p[0]), c.atY(p[1]))
	}
	first, last := points[0][0], points[len(points)-1][0]
	floor := c.y + c.height
	fmt.Fprintf(b, `<path class="area-%s" d="%sL%.1f %.1fL%.1f %.1fZ"/>`+"\n", class, &path, c.atX(last), floor, c.atX(first), floor)
	fmt.Fprintf(b, `<path class="line %s" d="%s"/>`+"\n", class, &path)
}

// plotLatency plots percentiles on a log axis: 90%, 99% and 99.9% are equally far apart.
func (r *report) plotLatency(b *bytes.Buffer, c chart) {
	label(b, 40, c.y-26, "start", "title", "Latency by percentile")
	if r.Messages == 0 {
		label(b, c.x, c.y+c.height/2, "start", "", "no message was answered")
		return
	}
	nines := max(1, math.Log10(float64(r.Messages)))
	c.right, c.logarithmic = nines, true
	c.bottom = tickBelow(float64(r.Latency.Min))
	c.top = max(tickAbove(float64(r.Latency.Max)), roundStep(1.1*c.bottom)) // all may have taken the same time
	for _, v := range ticks(c.bottom, c.top) {
		c.lineAcross(b, v, time.Duration(math.Round(v)).String())
	}
	for _, p := range percentiles {
		if at := p.nines(); at <= nines {
			c.lineUp(b, at, p.text)
		}
	}
	var points [][2]float64
	const steps = 400
	for i := range steps + 1 {
		at := nines * float64(i) / steps
		quantile := 100 * (1 - math.Pow(10, -at))
		points = append(points, [2]float64{at, float64(r.found.latencies.ValueAtQuantile(quantile))})
	}
	points[steps][1] = float64(r.Latency.Max)
	c.curve(b, "latency", points)
	r.markPercentiles(b, c, nines)
}

// percentile returns the position of a percentile on the axis.
type percentile struct {
	percent float64
	text    string
	marked  bool
}

var percentiles = []percentile{
	{0, "0%", false}, {50, "50%", true}, {90, "90%", true}, {99, "99%", true}, {99.9, "99.9%", true},
	{99.99, "99.99%", false}, {99.999, "99.999%", false}, {99.9999, "99.9999%", false}, {99.99999, "99.99999%", false},
}

func (p percentile) nines() float64 { return -math.Log10(1 - p.percent/100) }

// markPercentiles puts the numbers of the report on the curve.
func (r *report) markPercentiles(b *bytes.Buffer, c chart, nines float64) {
	mark := func(at, v float64, anchor, name string) {
		x, y := c.atX(at), c.atY(v)
		fmt.Fprintf(b, `<circle class="dot" cx="%.1f" cy="%.1f" r="5"/>`+"\n", x, y)
		label(b, x, y-13, anchor, "value", name+durationText(time.Duration(v)))
	}
	for _, p := range percentiles {
		if p.marked && p.nines() <= nines-0.5 {
			mark(p.nines(), float64(r.found.latencies.ValueAtQuantile(p.percent)), "middle", "")
		}
	}
	mark(nines, float64(r.Latency.Max), "end", "max ")
}

// plotThroughput plots the throughput over time.
func (r *report) plotThroughput(b *bytes.Buffer, c chart) {
	label(b, 40, c.y-26, "start", "title", "Throughput over time, messages/s")
	width, bins := r.found.timeline.steps(plotBins)
	if len(bins) == 0 {
		return
	}
	var points [][2]float64
	highest := r.MessagesPerSecond
	for i, n := range bins {
		from := time.Duration(i) * width
		to := min(from+width, max(r.found.end, from+1))
		if to-from < width/2 && i > 0 {
			break // too short a step for a rate
		}
		rate := float64(n) / (to - from).Seconds()
		highest = max(highest, rate)
		points = append(points, [2]float64{((from + to) / 2).Seconds(), rate})
	}
	c.right = max(r.found.end.Seconds(), 1e-9)
	points = append(points, points[len(points)-1])
	points[0][0], points[len(points)-1][0] = 0, c.right
	step := roundStep(highest / 4)
	c.top = step * math.Ceil(highest/step)
	for v := 0.0; v <= c.top; v += step {
		c.lineAcross(b, v, rateText(v))
	}
	for step, v := roundStep(c.right/8), 0.0; v <= c.right; v += step {
		c.lineUp(b, v, time.Duration(math.Round(v*1e9)).String())
	}
	c.curve(b, "throughput", points)
	y := c.atY(r.MessagesPerSecond)
	fmt.Fprintf(b, `<line class="mean" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", c.x, y, c.x+c.width, y)
	label(b, c.x+c.width, c.y-26, "end", "", "dotted: the mean, "+rateText(r.MessagesPerSecond)+"/s")
}

// roundStep returns the next of 1, 2 and 5, times a power of ten.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, digit := range []float64{1, 2, 5} {
		if digit*power >= v*0.999 {
			return digit * power
		}
	}
	return 10 * power
}

// tickAbove and tickBelow return the next of 1, 2 and 5, times a power of ten, in both directions.
func tickAbove(v float64) float64 { return roundStep(v) }
func tickBelow(v float64) float64 { return 1 / roundStep(1/max(v, 1)) }

// ticks returns such numbers from bottom to top: only the powers of ten, if there would be too many.
func ticks(bottom, top float64) []float64 {
	var all, powers []float64
	for v := bottom; v <= top*1.001; v = roundStep(v * 1.1) {
		all = append(all, v)
		if math.Abs(math.Log10(v)-math.Round(math.Log10(v))) < 1e-9 {
			powers = append(powers, v)
		}
	}
	if len(all) <= 8 {
		return all
	}
	return powers
}
