//go:build unix

package main

import (
	"math/rand/v2"
	"sync"
)

const (
	// patternPeriod is where the pattern begins again. It is a prime number, so that messages of a usual size all differ.
	patternPeriod = 65521
	// pieceSize is the longest piece of the pattern that is in one run.
	pieceSize = 256 << 10
	// patternStep is how far apart in the pattern neighbouring connections begin.
	patternStep = 7919
	// numberSize is how long the number is that each datagram begins with.
	numberSize = 8
)

// pattern is what a load sends: bytes that look random, so that one that is lost, doubled, or of another connection shows.
var pattern = sync.OnceValue(func() []byte {
	p := make([]byte, patternPeriod+pieceSize)
	rand.NewChaCha8([32]byte{}).Read(p[:patternPeriod])
	for n := patternPeriod; n < len(p); {
		n += copy(p[n:], p[:n])
	}
	return p
})

// piece is the pattern from a place on, n bytes or as many as are in one run.
func piece(pattern []byte, at int64, n int64) []byte {
	from := at % patternPeriod
	return pattern[from : from+min(n, pieceSize)]
}
