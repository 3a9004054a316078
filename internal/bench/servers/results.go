//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// series is what was found out about one server in one scenario and placement.
type series struct {
	Placement string   `json:"placement"`
	Scenario  string   `json:"scenario"`
	Server    string   `json:"server"`
	Calls     float64  `json:"calls_per_message,omitempty"`
	Samples   []sample `json:"samples"` // one a round

	command []string
}

type results []*series

// column is something that a sample tells.
type column func(sample) float64

func cpu(s sample) float64       { return s.CPU }
func perSecond(s sample) float64 { return s.PerSecond }
func p50(s sample) float64       { return s.P50 }
func p99(s sample) float64       { return s.P99 }
func memory(s sample) float64    { return s.Memory }
func used(s sample) float64      { return s.Used }
func loadCPU(s sample) float64   { return s.LoadCPU }

// values are sorted, and of the rounds that went well.
func (s *series) values(of column) []float64 {
	var list []float64
	for _, sample := range s.Samples {
		if sample.Error == "" {
			list = append(list, of(sample))
		}
	}
	slices.Sort(list)
	return list
}

// median is 0 if no round went well.
func median(sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func (s *series) median(of column) float64 { return median(s.values(of)) }

// failure is the first thing that went wrong.
func (s *series) failure() string {
	for _, sample := range s.Samples {
		if sample.Error != "" {
			return sample.Error
		}
	}
	return ""
}

// find is the series of another server in the same scenario and placement, nil if there is none.
func (r results) find(placement, scenario, server string) *series {
	for _, s := range r {
		if s.Placement == placement && s.Scenario == scenario && s.Server == server {
			return s
		}
	}
	return nil
}

// ratio compares with the reference, round by round, since the machine may be slower in one round than in another. It is
// the median, and 0 if there is none.
func (r results) ratio(s *series, of column) float64 {
	base := r.find(s.Placement, s.Scenario, reference)
	if base == nil {
		return 0
	}
	var list []float64
	for i := range min(len(s.Samples), len(base.Samples)) {
		if a, b := s.Samples[i], base.Samples[i]; a.Error == "" && of(b) > 0 {
			list = append(list, of(a)/of(b))
		}
	}
	slices.Sort(list)
	return median(list)
}

// number prints 0 as nothing, and otherwise three digits.
func number(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func find[T named](things []T, name string) T {
	i := slices.IndexFunc(things, func(thing T) bool { return thing.Name() == name })
	return things[i]
}

// tables prints a table for each scenario.
func (r results) tables(w io.Writer) {
	for i, s := range r {
		if i == 0 || s.Scenario != r[i-1].Scenario || s.Placement != r[i-1].Placement {
			r.table(w, s.Placement, s.Scenario)
		}
	}
}

func (r results) table(w io.Writer, place, scenario string) {
	what := find(scenarios, scenario)
	fmt.Fprintf(w, "\n%s; %s\n", what.title, find(placements, place).title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")+"\t") }
	if what.idle {
		row("server", "MB", "MB used")
	} else {
		row("server", "CPU µs", "min", "max", "to C", "p50 µs", "p99 µs", "to C", "messages/s", "MB/s", "calls", "MB", "load CPU µs")
	}
	var failures []string
	for _, s := range r {
		if s.Placement != place || s.Scenario != scenario {
			continue
		}
		costs := s.values(cpu)
		switch {
		case len(costs) == 0:
			row(s.Server, "failed")
		case what.idle:
			row(s.Server, number(s.median(memory)), number(s.median(used)))
		default:
			rate := s.median(perSecond)
			row(s.Server, number(median(costs)), number(costs[0]), number(costs[len(costs)-1]), number(r.ratio(s, cpu)),
				number(s.median(p50)), number(s.median(p99)), number(r.ratio(s, p99)), number(rate), number(rate*float64(what.size)/1e6),
				number(s.Calls), number(s.median(memory)), number(s.median(loadCPU)))
		}
		if failure := s.failure(); failure != "" {
			failures = append(failures, s.Server+": "+failure)
		}
	}
	t.Flush()
	for _, failure := range failures {
		fmt.Fprintln(w, failure)
	}
}

// summary prints the ratios of all.
func (r results) summary(w io.Writer) {
	for _, place := range placements {
		fmt.Fprintf(w, "\nServer CPU a message, as a multiple of C's; %s\n", place.title)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "scenario\t"+strings.Join(names(servers), "\t")+"\tfloor\t")
		for _, what := range scenarios {
			if r.find(place.name, what.name, reference) == nil || what.idle {
				continue
			}
			cells := []string{what.title}
			for _, name := range append(names(servers), "floor") {
				cell := "-"
				if s := r.find(place.name, what.name, name); s != nil {
					cell = number(r.ratio(s, cpu))
				}
				cells = append(cells, cell)
			}
			fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
		}
		t.Flush()
	}
}
