//go:build unix

package main

import (
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/endpoint"
)

// logLines is how many lines may wait to be written: more than there are clients, who may all fail at once.
const logLines = 32 << 10

// logWriter writes lines to where they may block for ever, a pipe that nobody reads, without holding up who logs: it
// drops what there is no room for, and tells how much.
type logWriter struct {
	lines   chan []byte
	written chan struct{} // closed when all lines before the nil one are out
	dropped atomic.Int64
}

func newLogWriter(w io.Writer, o *options) *logWriter {
	l := &logWriter{lines: make(chan []byte, logLines), written: make(chan struct{})}
	direct := newLogger(w, o)
	go func() {
		defer close(l.written)
		for line := range l.lines {
			if n := l.dropped.Swap(0); n > 0 {
				direct.Warn("lines of the log were lost here", "lines", n)
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

func newLogger(w io.Writer, o *options) *slog.Logger {
	opts := &slog.HandlerOptions{Level: slog.LevelInfo}
	if o.verbose {
		opts.Level = slog.LevelDebug
	}
	if o.json {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// logFailure tells why the server ends.
func logFailure(w io.Writer, o *options, err error) {
	if o.json {
		newLogger(w, o).Error("echoserver failed", "err", endpoint.Line(err))
		return
	}
	fmt.Fprintf(w, "echoserver: %s\n", endpoint.Line(err))
}
