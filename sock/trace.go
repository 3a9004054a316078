//go:build unix

package sock

import (
	"context"
	"log/slog"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/strace"
)

// Call describes one call of the call layer for the function set with SetTracer.
type Call struct {
	Name     string        // name of the system call, as in Line
	FD       int           // the first argument if that is a descriptor, otherwise -1
	Result   int           // a count, a new descriptor (of socket(2) or accept(2)) or 0; -1 with an error
	Err      error         // nil or an Errno
	Begin    time.Time     // just before the system call
	Duration time.Duration // of the system call only
	Line     string        // as SetTrace shows it
}

// SetTrace makes this package call f with a line for each system call, as strace(1) 6.1 prints it; nil turns it off. f
// runs after the call, in the goroutine that made it: several goroutines may be in f at once, and the order of lines
// may differ from that of the calls. Any goroutine may set f at any time. Helpers are traced as the calls that they
// make; calls that f makes are not traced. See the package documentation for the differences from strace. Without f, a
// call costs one more atomic load and allocates nothing.
func SetTrace(f func(line string)) { setTrace(func(h *traceHooks) { h.line = f }) }

// SetTracer makes this package call f with each system call, its line, its parts and its time; nil turns it off. It is
// independent of SetTrace: both may be set, and the same rules apply to both functions.
//
// f runs in the goroutine that made the call, after the call and before its caller continues. Several goroutines may be
// in f at once; use Begin to order the calls. f may make calls, which are not traced, but must not wait for another
// goroutine's call or for a lock that is held across calls. Calls that began before f was set are not shown.
func SetTracer(f func(Call)) { setTrace(func(h *traceHooks) { h.call = f }) }

// traceHooks are the functions of SetTrace and SetTracer.
type traceHooks struct {
	line func(string)
	call func(Call)
}

// hooks is nil while nothing is traced.
var hooks atomic.Pointer[traceHooks]

func setTrace(set func(*traceHooks)) {
	for {
		old, h := hooks.Load(), new(traceHooks)
		if old != nil {
			*h = *old
		}
		if set(h); h.line == nil && h.call == nil {
			h = nil
		}
		if hooks.CompareAndSwap(old, h) {
			return
		}
	}
}

// tracedCall is a call that is traced, with the line written so far. Its methods, one for each call, complete and
// deliver it. They may allocate, but must leave the callers' buffers on their stacks, so they pass on only copies.
type tracedCall struct {
	strace.Line
	call Call
}

// traced begins a traced call. It returns nil if the call is not traced.
func traced() *tracedCall {
	if hooks.Load() == nil {
		return nil
	}
	return newTracedCall()
}

func newTracedCall() *tracedCall {
	if isUntraced() {
		return nil
	}
	return &tracedCall{call: Call{FD: -1, Begin: time.Now()}}
}

// start begins the line of a call that has returned.
func (c *tracedCall) start(name string) {
	c.returned()
	c.call.Name = name
	c.Line = strace.New(name, askIfname)
}

// on is start for a call whose first argument is a descriptor.
func (c *tracedCall) on(fd int, name string) {
	c.start(name)
	c.call.FD = fd
	c.CInt(cInt(fd))
}

func (c *tracedCall) returned() { c.call.Duration = time.Since(c.call.Begin) }

func (c *tracedCall) end(n int, e Errno) { c.endWith(n, e, "") }

// endWith completes the line, with a comment on a successful result, and passes the call to the hooks.
func (c *tracedCall) endWith(n int, e Errno, comment string) {
	h := hooks.Load()
	if h == nil {
		return // tracing ended during the call
	}
	c.call.Line, c.call.Result = c.End(n, e, comment), n
	if e != 0 {
		c.call.Result, c.call.Err = -1, e
	}
	untraced(func() {
		if h.line != nil {
			h.line(c.call.Line)
		}
		if h.call != nil {
			h.call(c.call)
		}
	})
}

// untracedRunning counts the running calls of untraced.
var untracedRunning atomic.Int32

// Untraced runs f, and hides the calls that f makes in the calling goroutine from SetTrace and SetTracer, for example
// when a program inspects its own sockets. While f runs, tracing other goroutines' calls takes longer.
func Untraced(f func()) { untraced(f) }

// untraced runs f. Calls that f makes aren't traced: isUntraced finds this function on their stack.
//
//go:noinline
func untraced(f func()) {
	untracedRunning.Add(1)
	defer untracedRunning.Add(-1)
	f()
}

var untracedEntry = reflect.ValueOf(untraced).Pointer()

// isUntraced searches the stack only while untraced runs in some goroutine.
func isUntraced() bool {
	if untracedRunning.Load() == 0 {
		return false
	}
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
