package eventloop

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// Other goroutines get their turn, even with a single processor.
func TestYield(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var loop Turn
	var ran atomic.Bool
	go func() { ran.Store(true) }()
	if loop.Yield(turn) || ran.Load() {
		t.Error("Yield let another goroutine run before the loop's turn was over")
	}
	for now := turn + 1; !ran.Load(); now += turn + 1 {
		if now > 1000*turn {
			t.Fatal("Yield did not let the other goroutine run")
		}
		loop.Yield(now)
	}
}

func TestReserve(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for _, tt := range []struct{ loops, want int }{{1, 2}, {2, 3}, {1, 3}} {
		if Reserve(tt.loops); runtime.GOMAXPROCS(0) != tt.want {
			t.Errorf("GOMAXPROCS after Reserve(%d) = %d, want %d", tt.loops, runtime.GOMAXPROCS(0), tt.want)
		}
	}
}
