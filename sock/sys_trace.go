//go:build unix

package sock

import "unsafe"

// Memory addresses for the trace, as numbers, because numbers don't make variables escape to the heap.

func address(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

func (sa *Sockaddr) address() uintptr { return uintptr(unsafe.Pointer(&sa.data)) }

func pointerAddress[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

func sliceAddress[T any](s []T) uintptr { return pointerAddress(unsafe.SliceData(s)) }

// valueOf returns the value that a pointer points to, zero for a nil pointer.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
