//go:build race

package sock

import (
	"runtime"
	"unsafe"
)

// The race detector can't see that a received byte was sent before, so the calls tell it: what a goroutine does before
// a send, connect, shutdown or close happens before what another does after a receive, accept or poll. One variable
// represents all sockets, as in package syscall's Read and Write.
var ioSync int64

func raceAcquire() { runtime.RaceAcquire(unsafe.Pointer(&ioSync)) }

func raceRelease() { runtime.RaceReleaseMerge(unsafe.Pointer(&ioSync)) }

// raceRead tells the race detector that the kernel reads p.
func raceRead(p []byte) {
	if len(p) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(&p[0]), len(p))
	}
}

// raceWrite tells the race detector that the kernel wrote p.
func raceWrite(p []byte) {
	if len(p) > 0 {
		runtime.RaceWriteRange(unsafe.Pointer(&p[0]), len(p))
	}
}
