//go:build unix && !linux

package main

import "math"

// spareThreads is how many threads the system lets this process start: here it isn't known.
func spareThreads() int { return math.MaxInt }
