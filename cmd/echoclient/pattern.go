//go:build unix

package main

import (
	"math/rand/v2"
	"sync"
)

const (
	// patternPeriod is the length after which the pattern repeats. It is prime, so that messages of a usual size all
	// differ.
	patternPeriod = 65521
	// pieceSize is the longest piece of the pattern that is contiguous in memory.
	pieceSize = 256 << 10
	// patternStep is the distance in the pattern between the starts of neighbouring connections.
	patternStep = 7919
	// numberSize is the length of the number at the beginning of each datagram.
	numberSize = 8
)

// pattern is what a load sends: bytes that look random, so that a lost or duplicated byte, or another connection's, is
// noticed.
var pattern = sync.OnceValue(func() []byte {
	p := make([]byte, patternPeriod+pieceSize)
	rand.NewChaCha8([32]byte{}).Read(p[:patternPeriod])
	for n := patternPeriod; n < len(p); {
		n += copy(p[n:], p[:n])
	}
	return p
})

// piece returns n bytes of the pattern from a position on, or as many as are contiguous.
func piece(pattern []byte, at int64, n int64) []byte {
	from := at % patternPeriod
	return pattern[from : from+min(n, pieceSize)]
}
