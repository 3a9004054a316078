//go:build linux

package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A short run measures what it was asked to measure. The thread that it changes ends with the test.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs and runs them for seconds")
	}
	dir := t.TempDir()
	o := &options{
		rounds: 2, time: 50 * time.Millisecond, places: []string{"shared"},
		scenarios: []string{"small", "connect", "udp"}, servers: []string{"C", "epoll", "net"},
		json: filepath.Join(dir, "json"), svg: filepath.Join(dir, "svg"),
	}
	var first, again bytes.Buffer
	if err := run(o, &first); err != nil {
		t.Fatal(err)
	}
	found, err := gather(&options{from: o.json}, &again)
	if err != nil {
		t.Fatal(err)
	}
	found.Results.summary(&again)
	if first.String() != again.String() {
		t.Errorf("summary of what -json wrote =\n%s, want that of what was measured\n%s", &again, &first)
	}
	for _, what := range o.scenarios {
		for _, name := range o.servers {
			for _, l := range names(loads) {
				wantSamples(t, found.Results, setting{"shared", what, l}, name, o.rounds)
			}
		}
	}
	wellFormed(t, o.svg)
}

// wantSamples checks that a server was measured as often as it was to be, and each time answered.
func wantSamples(t *testing.T, found results, at setting, server string, rounds int) {
	t.Helper()
	s := found.find(at, server)
	if s == nil {
		t.Errorf("%v, %s: not measured, want samples", at, server)
		return
	}
	if len(s.Samples) != rounds {
		t.Errorf("%v, %s: %d samples, want %d", at, server, len(s.Samples), rounds)
	}
	for _, sample := range s.Samples {
		if sample.Error != "" || sample.Messages == 0 || sample.CPU <= 0 || sample.LoadCPU <= 0 || sample.P99 < sample.P50 || sample.Memory <= 0 {
			t.Errorf("%v, %s: sample %+v, want every field measured and no error", at, server, sample)
		}
	}
}

func wellFormed(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := decoder.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRatio(t *testing.T) {
	at := setting{"shared", "small", "plain"}
	of := func(server string, costs ...float64) *series {
		s := &series{setting: at, Server: server}
		for _, cost := range costs {
			s.Samples = append(s.Samples, sample{CPU: cost})
		}
		return s
	}
	failed := of("net", 1, 2, 3)
	failed.Samples[1] = sample{Error: "reset"}
	r := results{of("C", 1, 10, 2), of("epoll", 2, 10, 1), failed, of("gnet")}
	for server, want := range map[string]float64{"C": 1, "epoll": 1, "net": 1.25, "gnet": 0} {
		if got := r.ratio(r.find(at, server), cpu); got != want {
			t.Errorf("%s: %v, want %v", server, got, want)
		}
	}
	if got := failed.median(cpu); got != 2 {
		t.Errorf("the median without the failed round is %v, want 2", got)
	}
}

func TestFailedServer(t *testing.T) {
	at := setting{"pinned", "idle", "plain"}
	r := results{
		{setting: at, Server: "C", Samples: []sample{{Memory: 1, Used: 2}}},
		{setting: at, Server: "threads", Samples: []sample{{Error: "gone"}}},
	}
	var b strings.Builder
	r.tables(&b)
	if got := b.String(); !strings.Contains(got, "failed") || !strings.Contains(got, "threads: gone") {
		t.Errorf("the table does not show the failure:\n%s", got)
	}
}

func TestFlags(t *testing.T) {
	o, err := parse([]string{"-scenario", "small,idle", "-server", "C"})
	if err != nil || !slices.Equal(o.scenarios, []string{"small", "idle"}) || !slices.Equal(o.servers, []string{"C"}) {
		t.Errorf("parse = %+v, %v, want scenarios small and idle, server C", o, err)
	}
	for _, args := range [][]string{{"-load", "heavy"}, {"-peer", "name"}, {"-peer", "=command"}, {"-peer", "name="}, {"-scenario", "huge"}, {"-server", ""}, {"-rounds", "0"}, {"-time", "0s"}, {"small"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("parse(%q) succeeded, want an error", args)
		}
	}
}
