//go:build unix

package main

import (
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"
)

// logWriter writes lines to where they may block for ever, a pipe that nobody reads, without holding up who logs: it
// drops what there is no room for, and tells how much.
type logWriter struct {
	lines   chan []byte
	written chan struct{} // closed when all lines before the nil one are out
	dropped atomic.Int64
}

func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{lines: make(chan []byte, 1024), written: make(chan struct{})}
	go func() {
		defer close(l.written)
		for line := range l.lines {
			if n := l.dropped.Swap(0); n > 0 {
				fmt.Fprintf(w, "echoserver: %d lines were lost here\n", n)
			}
			if line == nil {
				return
			}
			w.Write(line)
		}
	}()
	return l
}

// Write takes one line. It never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	select {
	case l.lines <- append([]byte{}, line...):
	default:
		l.dropped.Add(1)
	}
	return len(line), nil
}

// close waits a moment for what was written to be out. Nothing may be written after it.
func (l *logWriter) close() {
	late := time.After(time.Second)
	select {
	case l.lines <- nil:
	case <-late:
		return
	}
	select {
	case <-l.written:
	case <-late:
	}
}

func newLogger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
