package sock

import "unsafe"

// valueBytes is a copy of the memory of an option's value.
func valueBytes(p unsafe.Pointer, n uint32) []byte {
	if p == nil {
		return nil
	}
	return append(make([]byte, 0, n), unsafe.Slice((*byte)(p), n)...)
}
