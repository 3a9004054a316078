package sock_test

import (
	"testing"
	"unsafe"
)

// needStack skips a test that counts allocations if the compiler moves the variables that
// system calls point to to the heap.
func needStack(t *testing.T) {
	t.Helper()
	var sum uintptr
	convert := func() {
		var p [8]byte
		sum += uintptr(unsafe.Pointer(&p))
	}
	if testing.AllocsPerRun(10, convert) > 0 {
		t.Skip("unsafe.Pointer conversions move variables to the heap with -asan or -d=checkptr=2")
	}
}

// needInlining skips a test if the compiler doesn't inline: the body of a loop over a function
// is then a closure on the heap.
func needInlining(t *testing.T) {
	t.Helper()
	sum := 0
	call := func() { sum += *newInt() }
	if testing.AllocsPerRun(10, call) > 0 {
		t.Skip("functions are not inlined with -gcflags=-l")
	}
}

// newInt doesn't allocate if it is inlined and its result doesn't escape.
func newInt() *int { return new(int) }
