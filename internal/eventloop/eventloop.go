// Package eventloop lets goroutines that wait in system calls of their own, as event loops do, run undisturbed by Go's
// scheduler.
package eventloop

import (
	"runtime"
	"time"
)

// Reserve gives Go's scheduler a processor for each of a number of loops, and one more for other goroutines. While a
// processor is idle, the runtime's monitor does not take the processor of a loop that waits in a system call. So the loop
// need not get a new one for each event.
func Reserve(loops int) {
	runtime.GOMAXPROCS(max(loops+1, runtime.GOMAXPROCS(0)))
}

// turn is how long a loop may keep its processor. After 10 ms the monitor preempts it, and from then on checks it every
// 20 µs.
const turn = 8 * time.Millisecond

// Turn limits how long a loop keeps its processor. The zero value is ready for use.
type Turn struct{ began time.Duration }

// Yield lets other goroutines run on the loop's processor if the turn is over, and reports whether it did. now is the time
// by any clock that doesn't go back.
func (t *Turn) Yield(now time.Duration) bool {
	if now-t.began <= turn {
		return false
	}
	t.began = now
	runtime.Gosched()
	return true
}
