//go:build unix && !linux

package main

import "math"

// spareThreads returns how many threads the system lets this process start: here that isn't known.
func spareThreads() int { return math.MaxInt }
