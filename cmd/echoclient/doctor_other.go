//go:build unix && !linux

package main

// Only Linux reports what it knows about a path.

func pathFacts(int) []fact { return nil }

func bulkFacts(int) []fact { return nil }
