package eventloop

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// Others get their turn, even where there is but one place.
func TestYield(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var loop Turn
	var ran atomic.Bool
	go func() { ran.Store(true) }()
	if loop.Yield(turn) || ran.Load() {
		t.Error("the loop gave up its place before its turn was over")
	}
	for now := turn + 1; !ran.Load(); now += turn + 1 {
		if now > 1000*turn {
			t.Fatal("nobody else had a turn")
		}
		loop.Yield(now)
	}
}

func TestReserve(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for _, tt := range []struct{ loops, want int }{{1, 2}, {2, 3}, {1, 3}} {
		if Reserve(tt.loops); runtime.GOMAXPROCS(0) != tt.want {
			t.Errorf("after Reserve(%d): %d, want %d", tt.loops, runtime.GOMAXPROCS(0), tt.want)
		}
	}
}
