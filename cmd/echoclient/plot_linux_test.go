package main

import (
	"encoding/xml"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
)

// plot runs a load with -plot, and returns the texts in the plot, one per line.
func plot(t *testing.T, addr string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "load.svg")
	client(t, nil, addr, append(args, "-plot", file)...)
	svg, err := os.Open(file)
	check(t, err)
	defer svg.Close()
	var text strings.Builder
	for decoder := xml.NewDecoder(svg); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		check(t, err)
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			for _, attribute := range token.Attr {
				if strings.Contains(attribute.Value, "NaN") || strings.Contains(attribute.Value, "Inf") {
					t.Errorf("%s has %s=%q", token.Name.Local, attribute.Name.Local, attribute.Value)
				}
			}
		}
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, args := range []string{"-plot /dev/null -n 1", "-n 5000 -c 10 -depth 2", "-d 50ms -rate 1000"} {
		got := plot(t, addr, strings.Fields(args)...)
		for _, want := range []string{addr + ": ", " messages/s", "Latency by percentile", "50%", "90%", "max ", "Throughput over time", "dotted: the mean, "} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the plot does not contain %q: %s", args, want, got)
			}
		}
	}
}

// A load's description is escaped in the plot.
func TestPlotEscapes(t *testing.T) {
	t.Parallel()
	addr := "unix://" + filepath.Join(t.TempDir(), `<&"`)
	if got := plot(t, cmdtest.Start(t, "-listen", addr).Addr(), "-n", "1"); !strings.Contains(got, addr) {
		t.Errorf("the plot does not contain %q: %s", addr, got)
	}
}

func TestPlotOfNothing(t *testing.T) {
	addr := listen(t, func(*net.TCPConn) {})
	if got := plot(t, addr, "-n", "1"); !strings.Contains(got, "no message was answered") || !strings.Contains(got, "1 × ") {
		t.Errorf("plot = %s, want no answers and one error", got)
	}
}

func TestPlotFails(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := client(t, nil, addr, "-n", "1", "-plot", "/no/such/directory/x.svg")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "-plot: open /no/such/directory/x.svg: ENOENT (no such file or directory)") || got.Stdout != "" {
		t.Errorf("echoclient -plot: %+v, want the error of -plot, and no load before it", got)
	}
}

// A plot into a pipe is whole. Without a reader it is an error.
func TestPlotIntoPipe(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	path := filepath.Join(t.TempDir(), "pipe.svg")
	check(t, unix.Mkfifo(path, 0o600))
	got := client(t, nil, addr, "-n", "1", "-plot", path)
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "-plot: open "+path+": ENXIO") || !strings.Contains(got.Stdout, "messages  1,") {
		t.Errorf("without a reader: %+v, want ENXIO and the report", got)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	check(t, err)
	defer reader.Close()
	client(t, nil, addr, "-n", "1", "-plot", path)
	svg, err := io.ReadAll(reader)
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(svg)), "</svg>") {
		t.Errorf("the pipe had %d bytes, %v, want a whole plot", len(svg), err)
	}
}

// A single latency can be drawn, on a line of the axis or beside it.
func TestPlotOneLatency(t *testing.T) {
	for _, tick := range []time.Duration{time.Microsecond, 20 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, time.Second} {
		for _, latency := range []time.Duration{tick - tick/2000, tick, tick + tick/2000} {
			m := newMeasurement(&options{})
			m.record(latency, latency)
			if svg := string(newReport(&options{}, m).svg()); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
				t.Errorf("latency %v: the plot contains NaN or Inf: %s", latency, svg)
			}
		}
	}
}
