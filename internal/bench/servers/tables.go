//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// tables prints a table for each setting.
func (r results) tables(w io.Writer) {
	for i, s := range r {
		if i == 0 || s.setting != r[i-1].setting {
			r.table(w, s.setting)
		}
	}
}

func (r results) table(w io.Writer, at setting) {
	what := at.scenario()
	fmt.Fprintf(w, "\n%s; %s; %s\n", what.title, at.placement().title, at.load().title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")+"\t") }
	if what.idle {
		row("server", "MB", "MB used")
	} else {
		row("server", "CPU µs", "min", "max", "to C", "p50 µs", "p99 µs", "to C", "messages/s", "MB/s", "calls", "MB", "load CPU µs")
	}
	var failures []string
	for _, s := range r {
		if s.setting != at {
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
	for _, what := range []struct {
		title string
		of    column
	}{{"Server CPU per message", cpu}, {"p99", p99}} {
		for _, place := range placements {
			for _, l := range loads {
				if rows := r.rows(place.name, l.name); len(rows) > 0 {
					fmt.Fprintf(w, "\n%s, as a multiple of C's; %s; %s\n", what.title, place.title, l.title)
					r.ratios(w, rows, what.of)
				}
			}
		}
	}
}

// rows are the settings of a placement and load with ratios to print.
func (r results) rows(place, load string) (rows []setting) {
	for _, what := range scenarios {
		at := setting{place, what.name, load}
		if !what.idle && r.find(at, reference) != nil {
			rows = append(rows, at)
		}
	}
	return rows
}

func (r results) ratios(w io.Writer, rows []setting, of column) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\t"+strings.Join(r.servers(), "\t")+"\t")
	for _, at := range rows {
		cells := []string{at.scenario().title}
		for _, name := range r.servers() {
			cell := "-"
			if s := r.find(at, name); s != nil {
				cell = number(r.ratio(s, of))
			}
			cells = append(cells, cell)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
	}
	t.Flush()
}
