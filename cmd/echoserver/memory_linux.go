package main

import (
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memoryForClients returns how much memory all clients together may take, math.MaxInt if there is no limit. It leaves half for
// everything else.
func memoryForClients() int {
	memory := memoryInGroups()
	if limit := limitOf(unix.RLIMIT_DATA); limit < math.MaxInt {
		memory = min(memory, max(0, limit-statm(statmData)))
	}
	if memory == math.MaxInt {
		return memory
	}
	return memory / 2
}

// Fields of /proc/self/statm, in pages: proc(5).
const (
	statmSize = 0
	statmData = 5
)

// memoryForThreads returns how much memory RLIMIT_AS and RLIMIT_DATA leave for threads, math.MaxInt if there is no limit. It leaves
// half for everything else.
func memoryForThreads() int {
	spare := math.MaxInt
	if limit := limitOf(unix.RLIMIT_AS); limit < math.MaxInt {
		spare = limit - statm(statmSize) - 512<<20 // what the C library reserves for the first threads
	}
	if limit := limitOf(unix.RLIMIT_DATA); limit < math.MaxInt {
		spare = min(spare, limit-statm(statmData))
	}
	if spare == math.MaxInt {
		return spare
	}
	return spare / 2
}

// limitOf returns a limit of getrlimit(2), math.MaxInt for none.
func limitOf(resource int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil || uint64(limit.Cur) > math.MaxInt {
		return math.MaxInt
	}
	return int(limit.Cur)
}

// statm returns how much memory of a kind this process has, 0 if that isn't known.
func statm(field int) int {
	text, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if field >= len(fields) {
		return 0
	}
	pages, _ := strconv.Atoi(fields[field])
	return pages * os.Getpagesize()
}
