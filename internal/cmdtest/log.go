//go:build unix

package cmdtest

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Stderr returns what the server has logged so far.
func (s *Server) Stderr() string { return s.stderr.String() }

// WaitLog waits until the server has logged a text.
func (s *Server) WaitLog(text string) {
	s.t.Helper()
	s.WaitLogs(text, 1)
}

// WaitLogs waits until the server has logged a text the given number of times.
func (s *Server) WaitLogs(text string, times int) {
	s.t.Helper()
	timer := time.AfterFunc(Patience, s.stderr.giveUp)
	defer timer.Stop()
	if !s.stderr.wait(func(log string) bool { return strings.Count(log, text) >= times }) {
		s.t.Fatalf("the server has not logged %q %d times; it logged: %s", text, times, s.Stderr())
	}
}

// Received returns, for each line of counters in the log, how many bytes the server had received by then.
func (s *Server) Received() []int {
	s.t.Helper()
	var received []int
	for _, line := range receivedCount.FindAllStringSubmatch(s.Stderr(), -1) {
		n, err := strconv.Atoi(line[1])
		if err != nil {
			s.t.Fatal(err)
		}
		received = append(received, n)
	}
	return received
}

var receivedCount = regexp.MustCompile(`msg=counters .* received=(\d+) `)

// logBuffer holds what a program has written so far.
type logBuffer struct {
	mu     sync.Mutex
	buf    bytes.Buffer
	change sync.Cond
	late   bool
}

func newLogBuffer() *logBuffer {
	b := &logBuffer{}
	b.change.L = &b.mu
	return b
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.change.Broadcast()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// wait waits until enough returns true for the text. It returns false if giveUp was called first.
func (b *logBuffer) wait(enough func(text string) bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !enough(b.buf.String()) {
		if b.late {
			return false
		}
		b.change.Wait()
	}
	return true
}

func (b *logBuffer) giveUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = true
	b.change.Broadcast()
}
