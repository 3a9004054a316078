package main

import (
	"bytes"
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
	spare := sparePids()
	if memory := memoryInGroups(); memory < math.MaxInt {
		spare = min(spare, memory/2/threadSize)
	}
	// The user's other processes are unknown, so leave half for them.
	if limit := limitOf(unix.RLIMIT_NPROC); !isExempt() {
		spare = min(spare, limit/2-runtimeThreads)
	}
	if memory := memoryForThreads(); memory < math.MaxInt {
		// With cgo, the C library creates threads: they reserve the maximum size of their stacks, and the first one more.
		stack := limitOf(unix.RLIMIT_STACK)
		if stack == math.MaxInt {
			stack = 8 << 20 // or less
		}
		spare = min(spare, memory/(threadSize+stack))
	}
	return max(1, spare)
}

// mayHave returns how many places for clients the control groups of this process allow for now, if there are so many. Some may not
// have their threads yet. It adds an eighth of the threads that are left, since other processes in the groups may start some at
// the same time.
func mayHave(places int) int {
	starting := max(0, places-(ownThreads()-runtimeThreads/2))
	left := max(0, sparePids()-starting)
	return places + left/8 + min(left, 1)
}

// ownThreads returns how many threads this process has, 0 if that isn't known: proc_pid_stat(5).
func ownThreads() int {
	stat, _ := os.ReadFile("/proc/self/stat")
	const threads, command = 20, 2
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the command may have spaces
	if len(fields) <= threads-command-1 {
		return 0
	}
	n, _ := strconv.Atoi(fields[threads-command-1])
	return n
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
