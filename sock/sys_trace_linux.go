package sock

import "unsafe"

// valueBytes is a copy of the memory of an option's value, of a long one its beginning.
func valueBytes(p unsafe.Pointer, n uint32) []byte {
	if p == nil {
		return nil
	}
	return append([]byte{}, unsafe.Slice((*byte)(p), min(n, traceString))...)
}
