//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/callerr"
)

// logLines is how many lines may wait to be written. With -v, this many connections may end at once. Lines have a few
// hundred bytes each, which bounds the memory of a log with a slow reader.
const logLines = 32 << 10

// logWriter writes lines to a file that may block forever, such as a pipe whose reader is stopped. It never blocks the
// goroutine that logs: it drops lines that do not fit in its queue, and logs how many it dropped.
type logWriter struct {
	mu      sync.Mutex
	changed sync.Cond // lines or closed
	lines   [][]byte  // to be written
	closed  bool
	written chan struct{} // closed when all lines are written, after closed
	lost    atomic.Int64  // lines that did not fit, or that could not be written: on a full disk, for example
}

func newLogWriter(w io.Writer, o *options) *logWriter {
	l := &logWriter{written: make(chan struct{})}
	l.changed.L = &l.mu
	direct := newLogger(w, o)
	go func() {
		defer close(l.written)
		for {
			line, ok := l.next()
			l.reportLost(direct)
			if !ok {
				return
			}
			if _, err := w.Write(line); err != nil {
				l.lost.Add(1)
			}
		}
	}()
	return l
}

// next removes the first line from the queue, and waits for one if the queue is empty. ok is false once l is closed and no
// line is left.
func (l *logWriter) next() (line []byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.lines) == 0 && !l.closed {
		l.changed.Wait()
	}
	if len(l.lines) == 0 {
		return nil, false
	}
	line = l.lines[0]
	l.lines[0] = nil
	l.lines = l.lines[1:]
	return line, true
}

// reportLost logs how many lines were lost since the last report.
func (l *logWriter) reportLost(direct *slog.Logger) {
	n := l.lost.Swap(0)
	if n == 0 {
		return
	}
	line := slog.NewRecord(time.Now(), slog.LevelWarn, "log lines lost here", 0)
	line.Add("lines", n)
	if direct.Handler().Handle(context.Background(), line) != nil {
		l.lost.Add(n)
	}
}

// Write takes one line. It never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < logLines {
		l.lines = append(l.lines, bytes.Clone(line))
		l.changed.Signal()
	} else {
		l.lost.Add(1)
	}
	return len(line), nil
}

// close waits a second for the lines to be written. Nothing may be logged after it.
func (l *logWriter) close() {
	l.end()
	select {
	case <-l.written:
	case <-time.After(time.Second):
	}
}

// end is close without the wait.
func (l *logWriter) end() {
	l.mu.Lock()
	l.closed = true
	l.changed.Signal()
	l.mu.Unlock()
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

// logFailure logs why the server ends.
func logFailure(w io.Writer, o *options, err error) {
	if o.json {
		newLogger(w, o).Error("echoserver failed", "err", callerr.Line(err))
		return
	}
	fmt.Fprintf(w, "echoserver: %s\n", callerr.Line(err))
}
