//go:build unix

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whether a conversation is late depends only on its clock, on the time of its last progress, and on whose turn it is.
func TestLate(t *testing.T) {
	const timeout, deadline = 10 * time.Second, 100 * time.Second
	ended := func(c *conversation) { c.ended.Store(true) }
	sending := func(c *conversation) { c.sending.Store(true) }
	printing := func(c *conversation) { c.ended.Store(true); c.printing.Store(true) }
	idle := func(*conversation) {}
	tests := []struct {
		name     string
		turn     func(c *conversation)
		timeout  time.Duration
		deadline time.Duration
		moved    time.Duration
		now      time.Duration
		want     bool
	}{
		{"an answer is due", ended, timeout, 0, 5 * time.Second, 15*time.Second - 1, false},
		{"an answer is overdue", ended, timeout, 0, 5 * time.Second, 15 * time.Second, true},
		{"a send is stuck", sending, timeout, 0, 5 * time.Second, 15 * time.Second, true},
		{"nothing is due", idle, timeout, 0, 5 * time.Second, time.Hour, false},
		{"standard output is not read", printing, timeout, 0, 5 * time.Second, time.Hour, false},
		{"no timeout", ended, 0, 0, 0, 1000 * time.Hour, false},
		{"before the deadline", ended, timeout, deadline, deadline - 1, deadline - 1, false},
		{"at the deadline, though bytes move", ended, timeout, deadline, deadline, deadline, true},
		{"at the deadline, though nothing is due", idle, timeout, deadline, deadline, deadline, true},
		{"at the deadline, without a timeout", ended, 0, deadline, deadline, deadline, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var now time.Duration
			c := &conversation{options: &options{timeout: tt.timeout}, clock: func() time.Duration { return now }}
			tt.turn(c)
			c.endIn(tt.deadline)
			now = tt.moved
			c.touch()
			if now = tt.now; c.late() != tt.want {
				t.Errorf("late() = %t, want %t", !tt.want, tt.want)
			}
		})
	}
}

// The machine's clock may be set while the program runs. Therefore the program only measures durations, for which package
// time uses the monotonic clock as long as a Time isn't converted.
func TestNoTimeOfDay(t *testing.T) {
	allowed := []string{"Duration", "Time", "Now", "Since", "Until", "After", "NewTicker", "Nanosecond", "Microsecond", "Millisecond", "Second", "Hour"}
	converting := []string{"Unix", "UnixNano", "UnixMicro", "UnixMilli", "UTC", "In", "Round", "ClockGettime", "Gettimeofday"}
	others := []string{"math", "sock"} // math.Round, sock.Unix
	files, err := filepath.Glob("*.go")
	check(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		check(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from := ""
			if x, ok := selector.X.(*ast.Ident); ok {
				from = x.Name
			}
			used := selector.Sel.Name
			if from == "time" && !slices.Contains(allowed, used) || !slices.Contains(others, from) && slices.Contains(converting, used) {
				t.Errorf("%s uses %s.%s, which may depend on the wall clock", name, from, used)
			}
			return true
		})
	}
}
