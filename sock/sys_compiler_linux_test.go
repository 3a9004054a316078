package sock_test

import (
	"testing"
	"unsafe"
)

// needStack skips a test that counts allocations where the compiler puts on the heap what a system call points to.
func needStack(t *testing.T) {
	t.Helper()
	var sum uintptr
	convert := func() {
		var p [8]byte
		sum += uintptr(unsafe.Pointer(&p))
	}
	if testing.AllocsPerRun(10, convert) > 0 {
		t.Skip("what a pointer points to is on the heap once the pointer becomes an unsafe.Pointer: that is so with -asan and -d=checkptr=2")
	}
}

// needInlining skips a test where the compiler doesn't inline: then the body of a loop over a function is a closure on the heap.
func needInlining(t *testing.T) {
	t.Helper()
	sum := 0
	call := func() { sum += *newInt() }
	if testing.AllocsPerRun(10, call) > 0 {
		t.Skip("functions aren't inlined: that is so with -gcflags=-l")
	}
}

// newInt takes no allocation where it is inlined and the pointer stays there.
func newInt() *int { return new(int) }
