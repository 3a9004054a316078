// Package eventloop lets goroutines that wait in system calls of their own, as event loops do, run undisturbed by Go's
// scheduler.
package eventloop

import (
	"runtime"
	"time"
)

// Reserve makes room for so many loops and one goroutine more. As long as there is some to spare, the runtime's monitor
// leaves a loop that waits in a system call its place: it needn't be found a new one for each event.
func Reserve(loops int) {
	runtime.GOMAXPROCS(max(loops+1, runtime.GOMAXPROCS(0)))
}

// turn is how long a loop may keep its place. After 10 ms the monitor interrupts it, and then looks after it every 20 µs.
const turn = 8 * time.Millisecond

// Turn is when a loop last let others have its place. The zero value is ready for use.
type Turn struct{ began time.Duration }

// Yield lets others have the loop's place, if it is time, and tells whether it did. Now is of any clock that doesn't go back.
func (t *Turn) Yield(now time.Duration) bool {
	if now-t.began <= turn {
		return false
	}
	t.began = now
	runtime.Gosched()
	return true
}
