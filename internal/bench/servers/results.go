//go:build linux

package main

import (
	"fmt"
	"slices"
)

// setting is what a server is measured in, by names.
type setting struct {
	Placement string `json:"placement"`
	Scenario  string `json:"scenario"`
	Load      string `json:"load"`
}

func (at setting) placement() placement { return find(placements, at.Placement) }
func (at setting) scenario() scenario   { return find(scenarios, at.Scenario) }
func (at setting) load() load           { return find(loads, at.Load) }

// series is what was found out about one server in one setting.
type series struct {
	setting
	Server  string   `json:"server"`
	Calls   float64  `json:"calls_per_message,omitempty"`
	Samples []sample `json:"samples"` // one a round

	command []string
}

type results []*series

// findings are what -json writes.
type findings struct {
	Machine machine `json:"machine"`
	Results results `json:"results"`
}

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

// find is the series of a server in a setting, nil if it wasn't measured.
func (r results) find(at setting, server string) *series {
	for _, s := range r {
		if s.setting == at && s.Server == server {
			return s
		}
	}
	return nil
}

// servers are those that were measured, in their order.
func (r results) servers() (list []string) {
	for _, s := range r {
		if !slices.Contains(list, s.Server) {
			list = append(list, s.Server)
		}
	}
	return list
}

// ratio compares with the reference, round by round, since the machine may be slower in one round than in another. It is
// the median, and 0 if the reference wasn't measured.
func (r results) ratio(s *series, of column) float64 {
	base := r.find(s.setting, reference)
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
