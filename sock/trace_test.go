//go:build unix

package sock_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	. "example.com/berkeley/sock"
)

// linesOf returns the lines of the calls that f makes.
func linesOf(f func()) (lines []string) {
	SetTrace(func(line string) { lines = append(lines, line) })
	defer SetTrace(nil)
	f()
	return lines
}

// checkLines compares lines with formats. Each %d stands for a number such as a descriptor or a port. Its length
// decides how many blanks precede the result.
func checkLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			t.Fatalf("got %d lines %q, want %d", len(got), got, len(want))
		}
		pattern := strings.ReplaceAll(regexp.QuoteMeta(want[i]), "%d", `\d+`)
		pattern = strings.ReplaceAll(pattern, `\) =`, `\) +=`)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(got[i]) {
			t.Errorf("line %d is\n%s, want\n%s", i+1, got[i], want[i])
		}
	}
}

func TestTraceEndsWithNil(t *testing.T) {
	lines := linesOf(func() {
		Close(-1)
		SetTrace(nil)
		Close(-2)
	})
	want := []string{"close(-1)                               = -1 EBADF (Bad file descriptor)"}
	if !slices.Equal(lines, want) {
		t.Errorf("got lines %q, want %q", lines, want)
	}
}

// Calls that a hook makes are not traced, so tracing does not recurse. The goroutine's later calls are traced.
func TestTraceHookMakesCalls(t *testing.T) {
	var lines []string
	SetTrace(func(line string) {
		if lines = append(lines, line); len(lines) > 9 {
			return // a failure must not exhaust the memory
		}
		Listen(-3, 1)
		func() { Shutdown(-4, SHUT_WR) }()
	})
	defer SetTrace(nil)
	Close(-1)
	Close(-2)
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "close(-1)") || !strings.HasPrefix(lines[1], "close(-2)") {
		t.Errorf("got lines %q, want one of each close", lines)
	}
}

// The trace shows the calls that a helper makes.
func TestTraceOfHelpers(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	lines := linesOf(func() {
		SendAll(a, []byte("all"), 0)
		check(t, Shutdown(a, SHUT_WR))
		RecvAll(b, 10)
	})
	checkLines(t, lines,
		`sendto(%d, "all", 3, 0, NULL, 0) = 3`,
		"shutdown(%d, SHUT_WR) = 0",
		`recvfrom(%d, "all", 10, 0, NULL, NULL) = 3`,
		`recvfrom(%d, "", 7, 0, NULL, NULL) = 0`)
}

// Lines are whole even if other goroutines make calls and set the trace at the same time.
func TestTraceConcurrently(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	hook := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	}
	SetTrace(hook)
	defer SetTrace(nil)
	var callers sync.WaitGroup
	for i := range 4 {
		callers.Go(func() {
			for range 100 {
				Listen(-1, i)
			}
		})
	}
	callers.Go(func() {
		for range 100 {
			SetTrace(nil)
			SetTrace(hook)
		}
	})
	callers.Wait()
	whole := regexp.MustCompile(`^listen\(-1, [0-3]\) {27}= -1 EBADF \(Bad file descriptor\)$`)
	if i := slices.IndexFunc(lines, func(line string) bool { return !whole.MatchString(line) }); i >= 0 {
		t.Errorf("got line %q, want a whole one", lines[i])
	}
}

func TestTraceLogger(t *testing.T) {
	for _, test := range []struct {
		level slog.Level
		want  string
	}{
		{slog.LevelDebug, "level=DEBUG msg=\"listen(-1, 5)                           = -1 EBADF (Bad file descriptor)\"\n"},
		{slog.LevelInfo, ""},
	} {
		var out bytes.Buffer
		SetTrace(TraceLogger(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: test.level})))
		Listen(-1, 5)
		SetTrace(nil)
		if got := regexp.MustCompile(`^time=\S+ `).ReplaceAllString(out.String(), ""); got != test.want {
			t.Errorf("level %v: log is %q, want %q", test.level, got, test.want)
		}
	}
}

func ExampleSetTrace() {
	SetTrace(func(line string) { fmt.Println(line) })
	defer SetTrace(nil)
	Listen(-1, 5)
	Shutdown(-1, SHUT_WR)
	// Output:
	// listen(-1, 5)                           = -1 EBADF (Bad file descriptor)
	// shutdown(-1, SHUT_WR)                   = -1 EBADF (Bad file descriptor)
}
