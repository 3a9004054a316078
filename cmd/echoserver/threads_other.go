//go:build unix && !linux

package main

import "math"

// spareThreads returns how many threads the system lets this process start: here that isn't known.
func spareThreads() int { return math.MaxInt }

// spareInGroups returns how many more threads control groups allow: there are none.
func spareInGroups() int { return math.MaxInt }

func mayHave(int) bool { return true }

// memoryForClients returns how much memory all clients together may take without ending the process: here that isn't known.
func memoryForClients() int { return math.MaxInt }
