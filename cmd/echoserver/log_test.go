//go:build unix

package main

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// Lines that don't fit into a stalled log are counted, and the log reports how many were lost.
func TestLogTellsWhatItLost(t *testing.T) {
	r, w := io.Pipe()
	logs := newLogWriter(w, &options{})
	const lines = logLines + 100
	for range lines {
		logs.Write([]byte("line\n"))
	}
	written := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		written <- string(text)
	}()
	logs.finish()
	w.Close()
	text := <-written
	if kept, lost := logged(t, text); kept < logLines || lost == 0 || kept+lost != lines {
		t.Errorf("%d lines kept and %d lost, want %d in all", kept, lost, lines)
	}
}

// logged counts the lines of a log, and those that it reports as lost.
func logged(t *testing.T, text string) (kept, lost int) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line == "line\n" {
			kept++
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(line[strings.LastIndexByte(line, '=')+1:]))
		if err != nil {
			t.Fatal(err)
		}
		lost += n
	}
	return kept, lost
}

// finish is close without its deadline.
func (l *logWriter) finish() {
	l.end()
	<-l.written
}

// fullDisk accepts every third line.
type fullDisk struct {
	strings.Builder
	writes int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.writes++; d.writes%3 != 0 {
		return 0, errors.New("no space left")
	}
	return d.Builder.Write(p)
}

// Lines that could not be written are counted too.
func TestLogTellsWhatItCouldNotWrite(t *testing.T) {
	disk := &fullDisk{}
	logs := newLogWriter(disk, &options{})
	const lines = 1000
	for range lines {
		logs.Write([]byte("line\n"))
	}
	logs.finish()
	kept, lost := logged(t, disk.String())
	lost += int(logs.lost.Load()) // the last report may fail too
	if kept+lost != lines || kept == lines {
		t.Errorf("%d lines kept and %d lost, want %d in all", kept, lost, lines)
	}
}
