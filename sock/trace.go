//go:build unix

package sock

import (
	"context"
	"log/slog"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"
)

var traceHook atomic.Pointer[func(line string)]

// SetTrace has f called with a line for each system call of this package, as strace(1) 6.1 prints it; nil ends that.
// The line comes whole, after the call, from the goroutine that made it: several may be in f at once, and their lines in
// another order than their calls. Any goroutine may set f at any time. Helpers are traced as the calls that they make;
// calls that f makes are not traced. The package's page has what strace would tell otherwise.
// Without f a call costs an atomic load more, and allocates nothing.
func SetTrace(f func(line string)) {
	if f == nil {
		traceHook.Store(nil)
		return
	}
	traceHook.Store(&f)
}

// tracing tells whether calls are traced. What follows it may allocate, but must leave the callers' buffers on their
// stacks: it passes on copies alone.
func tracing() bool { return traceHook.Load() != nil }

// deliverTrace gives a line to the hook.
func deliverTrace(line string) {
	if f := traceHook.Load(); f != nil && !isUntraced() {
		untraced(func() { (*f)(line) })
	}
}

// untraced runs f. Calls that f makes aren't traced: isUntraced finds this function on their stack.
//
//go:noinline
func untraced(f func()) { f() }

var untracedEntry = reflect.ValueOf(untraced).Pointer()

func isUntraced() bool {
	var pcs [64]uintptr
	for skip := 0; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == untracedEntry { // pc is where the call returns to
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// TraceLogger makes a hook for SetTrace that logs each line, as strace(1) prints it, at slog.LevelDebug:
//
//	sock.SetTrace(sock.TraceLogger(slog.Default().Handler()))
func TraceLogger(h slog.Handler) func(line string) {
	return func(line string) {
		ctx := context.Background()
		if h.Enabled(ctx, slog.LevelDebug) {
			h.Handle(ctx, slog.NewRecord(time.Now(), slog.LevelDebug, line, 0))
		}
	}
}
