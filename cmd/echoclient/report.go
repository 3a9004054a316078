//go:build unix

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

const reportBins = 1000 // the most steps of time in -json

// report is the result of a load, as -json prints it.
type report struct {
	Server            string           `json:"server"`
	Connections       int              `json:"connections"`
	Size              int              `json:"size_bytes"`
	Depth             int              `json:"depth"`
	Rate              float64          `json:"rate_per_second,omitempty"`
	Reconnect         bool             `json:"reconnect,omitempty"`
	Interrupted       bool             `json:"interrupted"`
	Seconds           float64          `json:"seconds"`
	Messages          int64            `json:"messages"`
	MessagesPerSecond float64          `json:"messages_per_second"`
	BytesPerSecond    float64          `json:"bytes_per_second"`
	Latency           latency          `json:"latency_ns"`
	Histogram         string           `json:"latency_histogram"` // of HdrHistogram: compressed, V2, base64
	WrongAnswers      int64            `json:"wrong_answers"`
	Errors            map[string]int64 `json:"errors"`
	Told              []string         `json:"first_errors,omitempty"`
	Lost              int64            `json:"lost"`
	Late              int64            `json:"late"`
	Unsent            int64            `json:"unsent"`
	Cut               int64            `json:"cut_off"`
	Lacking           []string         `json:"not_available,omitempty"`
	CPUSeconds        float64          `json:"cpu_seconds"`  // including connecting and closing
	WallSeconds       float64          `json:"wall_seconds"` // the same
	BinSeconds        float64          `json:"bin_seconds"`
	Bins              []int64          `json:"messages_per_bin"`

	options *options
	found   *measurement
}

// latency is a distribution of latencies, in nanoseconds.
type latency struct {
	Min  int64   `json:"min"`
	Mean float64 `json:"mean"`
	P50  int64   `json:"p50"`
	P90  int64   `json:"p90"`
	P99  int64   `json:"p99"`
	P999 int64   `json:"p99_9"`
	Max  int64   `json:"max"`
}

func newReport(o *options, m *measurement) *report {
	r := &report{
		Connections: o.connections, Size: o.size, Depth: o.depth, Rate: o.rate, Reconnect: o.reconnect,
		Seconds: m.end.Seconds(), Messages: m.messages,
		WrongAnswers: m.wrong, Errors: m.failures, Told: m.told, Lost: m.lost, Late: m.late, Unsent: m.unsent, Cut: m.cut, Lacking: o.lacks.list(),
		options: o, found: m,
	}
	width, bins := m.timeline.steps(reportBins)
	r.BinSeconds, r.Bins = width.Seconds(), bins
	if r.Seconds > 0 {
		r.MessagesPerSecond = float64(m.messages) / r.Seconds
		r.BytesPerSecond = r.MessagesPerSecond * float64(o.size)
	}
	if m.messages > 0 {
		at := m.latencies.ValueAtQuantile
		r.Latency = latency{m.latencies.Min(), m.latencies.Mean(), at(50), at(90), at(99), at(99.9), m.latencies.Max()}
	}
	return r
}

// deliver writes the requested files, prints the report, and returns the load's error. The files come first: writing to a
// pipe without a reader ends the process.
func (r *report) deliver(stdout io.Writer) error {
	var plotted, logged error
	if r.options.plot != "" {
		plotted = writeResult("-plot", r.options.plot, r.svg())
	}
	if r.options.hdr != "" {
		logged = r.writeLog()
	}
	if r.options.picture != "" {
		r.options.drawn() // its error comes last
	}
	print := r.text
	if r.options.json {
		print = r.json
	}
	return cmp.Or(standard("output", print(stdout)), plotted, logged, r.verdict())
}

// writeLog writes the latencies into the file of -hdr.
func (r *report) writeLog() error {
	log, err := r.found.intervals.log(r.found.end)
	if err != nil {
		return fmt.Errorf("-hdr: %w", err)
	}
	return writeResult("-hdr", r.options.hdr, log)
}

// verdict returns the first of the errors, and how many more there are.
func (r *report) verdict() error {
	more := r.WrongAnswers + r.found.failed() - 1
	switch {
	case r.found.first == nil && r.Lost > 0 && r.Messages == 0:
		return fmt.Errorf("no answer from %s to %s", r.Server, plural(int(r.Lost), "datagram"))
	case r.found.first != nil && more > 0:
		return fmt.Errorf("%w (and %d more)", r.found.first, more)
	}
	return r.found.first
}

func (r *report) json(w io.Writer) error {
	histogram, err := r.found.latencies.EncodeV2()
	if err != nil {
		return fmt.Errorf("-json: %w", err)
	}
	r.Histogram = string(histogram)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// text prints the report for people.
func (r *report) text(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, format string, args ...any) { fmt.Fprintf(table, name+"\t"+format+"\n", args...) }
	row("server", "%s", r.Server)
	row("load", "%s", r.load())
	end := ""
	if r.Interrupted {
		end = ", interrupted"
	}
	row("time", "%s%s", durationText(r.found.end), end)
	row("messages", "%s, %s/s", thousands(float64(r.Messages)), rateText(r.MessagesPerSecond))
	row("bytes", "%s, %s/s in each direction", bytesText(float64(r.Messages)*float64(r.Size)), bytesText(r.BytesPerSecond))
	if r.Messages > 0 {
		l, at := r.Latency, func(n int64) string { return durationText(time.Duration(n)) }
		row("latency", "p50 %s, p90 %s, p99 %s, p99.9 %s, max %s", at(l.P50), at(l.P90), at(l.P99), at(l.P999), at(l.Max))
	}
	if r.options.server.Datagram() {
		row("lost", "%s; late or doubled %s", thousands(float64(r.Lost)), thousands(float64(r.Late)))
	}
	if r.Unsent > 0 {
		row("unsent", "%s messages were due and not yet sent: less than -rate got through", thousands(float64(r.Unsent)))
	}
	if r.Cut > 0 {
		row("cut off", "%s messages were in flight when the time was over", thousands(float64(r.Cut)))
	}
	row("errors", "%s", r.errors())
	for _, told := range r.Told {
		row("", "%s", told)
	}
	for _, what := range r.Lacking {
		row("without", "%s", what)
	}
	if r.WallSeconds >= 1 { // otherwise it is mostly starting up
		row("client", "%s", r.busy())
	}
	return table.Flush()
}

// errors lists the number of errors of each kind.
func (r *report) errors() string {
	var kinds []string
	if r.WrongAnswers > 0 {
		kinds = append(kinds, fmt.Sprintf("%d × wrong answer", r.WrongAnswers))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		kinds = append(kinds, fmt.Sprintf("%d × %s", r.Errors[kind], kind))
	}
	if kinds == nil {
		return "none"
	}
	return strings.Join(kinds, "; ")
}

// load describes the load.
func (r *report) load() string {
	parts := []string{plural(r.Connections, "connection"), plural(r.Size, "byte") + " per message"}
	switch {
	case r.Reconnect:
		parts[0] += " at a time, a new one for each message"
	case r.Depth > 1:
		parts = append(parts, fmt.Sprintf("%d in flight on each", r.Depth))
	}
	if r.Rate > 0 {
		parts = append(parts, fmt.Sprintf("%s/s in all, latency from when each was due", rateText(r.Rate)))
	}
	return strings.Join(parts, ", ")
}

// busy describes the processor use of this client, which shows whether the client rather than the server may limit the
// load.
func (r *report) busy() string {
	cores := r.CPUSeconds / r.WallSeconds
	s := fmt.Sprintf("%.0f%% of a core", 100*cores)
	if cores > 0.9*float64(r.options.threads) {
		s += ": it may be what limits the load; see -threads"
	}
	return s
}
