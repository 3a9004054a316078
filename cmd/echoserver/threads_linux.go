package main

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	runtimeThreads = 16        // roughly the threads of Go's runtime besides those in system calls
	threadSize     = 256 << 10 // roughly the memory of a thread with its stacks and the default buffer
)

// spareThreads returns how many threads the system lets this process start, as far as is known: Go kills a process that
// can't start one.
func spareThreads() int {
	spare := spareInGroups()
	// The user's other processes are unknown, so leave half for them.
	if limit := limitOf(unix.RLIMIT_NPROC); !isExempt() {
		spare = min(spare, limit/2-runtimeThreads)
	}
	if limit := limitOf(unix.RLIMIT_AS); limit < math.MaxInt {
		// With cgo, the C library creates threads: they reserve the maximum size of their stacks, and the first one more.
		stack := min(limitOf(unix.RLIMIT_STACK), 8<<20)
		spare = min(spare, (limit-addressSpace()-512<<20)/2/(threadSize+stack))
	}
	return max(1, spare)
}

// isExempt reports whether RLIMIT_NPROC doesn't limit this process: it is root in the initial user namespace, whose uid_map
// maps every ID to itself. If the map cannot be read, the limit counts.
func isExempt() bool {
	if os.Geteuid() != 0 {
		return false
	}
	ids, _ := os.ReadFile("/proc/self/uid_map")
	return slices.Equal(strings.Fields(string(ids)), []string{"0", "0", "4294967295"})
}

// limitOf returns a limit of getrlimit(2), math.MaxInt for none.
func limitOf(resource int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil || uint64(limit.Cur) > math.MaxInt {
		return math.MaxInt
	}
	return int(limit.Cur)
}

// addressSpace returns how much address space this process uses: proc(5), the first number of /proc/self/statm.
func addressSpace() int {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _, _ := strings.Cut(string(statm), " ")
	n, err := strconv.Atoi(pages)
	if err != nil {
		return 0
	}
	return n * os.Getpagesize()
}
