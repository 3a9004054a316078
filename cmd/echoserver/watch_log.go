//go:build unix

package main

import (
	"io"
	"sync"
)

// Limits of the log on the page.
const (
	tailLines  = 100
	tailLength = 1 << 10 // bytes of a line
)

// logTail forwards a log and keeps its last lines.
type logTail struct {
	next io.Writer

	mu    sync.Mutex
	lines [tailLines]string // a ring
	count int               // number of lines so far
}

// Write takes one line.
func (t *logTail) Write(line []byte) (int, error) {
	t.mu.Lock()
	t.lines[t.count%tailLines] = string(line[:min(len(line), tailLength)])
	t.count++
	t.mu.Unlock()
	return t.next.Write(line)
}

// after returns the kept lines after the first count, and the number of lines so far.
func (t *logTail) after(count int) (lines []string, now int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := max(count, t.count-tailLines); i < t.count; i++ {
		lines = append(lines, t.lines[i%tailLines])
	}
	return lines, t.count
}
