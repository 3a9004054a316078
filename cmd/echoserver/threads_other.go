//go:build unix && !linux

package main

import "math"

// spareThreads returns how many threads the system lets this process start: here that isn't known.
func spareThreads() int { return math.MaxInt }

// sparePids is math.MaxInt, since there are no control groups.
func sparePids() int { return math.MaxInt }

func mayHave(int) int { return math.MaxInt }

// memoryForClients returns how much memory all clients together may take: here that isn't known.
func memoryForClients() int { return math.MaxInt }
