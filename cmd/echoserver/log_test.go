//go:build unix

package main

import (
	"io"
	"strings"
	"testing"
)

// Lines that a stalled log has no room for are counted, and it tells how many they were.
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
	logs.close()
	w.Close()
	text := <-written
	kept := strings.Count(text, "line\n")
	_, lost, _ := strings.Cut(text, "log lines lost here\" lines=")
	if lost = strings.Split(lost, "\n")[0]; kept < logLines || lost == "" {
		t.Fatalf("%d lines were kept, %q lost, of %d", kept, lost, lines)
	}
	n := 0
	for _, digit := range lost {
		n = 10*n + int(digit-'0')
	}
	if kept+n != lines {
		t.Errorf("%d lines were kept and %d lost, of %d", kept, n, lines)
	}
}
