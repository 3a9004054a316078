//go:build unix

package sock

import "unsafe"

// Addresses of memory for the trace, as numbers: those don't keep anything from staying on the stack.

func address(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

func (sa *Sockaddr) address() uintptr { return uintptr(unsafe.Pointer(&sa.data)) }

func pointerAddress[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

func sliceAddress[T any](s []T) uintptr { return pointerAddress(unsafe.SliceData(s)) }

// valueOf is what a pointer points to, and zero where it doesn't.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
