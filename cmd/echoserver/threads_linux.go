package main

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	runtimeThreads = 16        // about how many threads Go has beside those in system calls
	threadSize     = 256 << 10 // about what memory a thread takes with its stacks and the default buffer
)

// spareThreads is how many threads the system lets this process start, as far as it tells: Go kills a process that can't
// have one.
func spareThreads() int {
	spare := spareInGroups()
	// Root may have any number. Of a user's other processes nothing is known: half is for them.
	if limit := limitOf(unix.RLIMIT_NPROC); os.Geteuid() != 0 {
		spare = min(spare, limit/2-runtimeThreads)
	}
	if limit := limitOf(unix.RLIMIT_AS); limit < math.MaxInt {
		// With cgo, threads are the C library's: they reserve what their stacks may grow to, and the first of them more.
		stack := min(limitOf(unix.RLIMIT_STACK), 8<<20)
		spare = min(spare, (limit-addressSpace()-512<<20)/2/(threadSize+stack))
	}
	return max(1, spare)
}

// limitOf is a limit of getrlimit(2), math.MaxInt for none.
func limitOf(resource int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil || uint64(limit.Cur) > math.MaxInt {
		return math.MaxInt
	}
	return int(limit.Cur)
}

// addressSpace is how much of it this process has in use: proc(5), the first number of /proc/self/statm.
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

// groupLimits has the files in which control groups limit threads, in version 2 and then in 1, and how many threads a limit
// stands for, beside those in use: cgroups(7).
var groupLimits = []struct {
	controller string
	root       string
	file       string
	threads    func(limit, inUse int) int
}{
	{"", "/sys/fs/cgroup", "pids.max", sparePids},
	{"", "/sys/fs/cgroup", "memory.max", spareMemory},
	{"pids", "/sys/fs/cgroup/pids", "pids.max", sparePids},
	{"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", spareMemory},
}

func sparePids(limit, inUse int) int { return limit - inUse - runtimeThreads }

// spareMemory leaves half for all else. What is in use doesn't count: most of it is files that the kernel has in memory.
func spareMemory(limit, _ int) int { return limit / 2 / threadSize }

// spareInGroups is how many threads the control groups of this process have left.
func spareInGroups() int {
	spare := math.MaxInt
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return spare
	}
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		for _, g := range groupLimits {
			if len(fields) != 3 || fields[1] != g.controller {
				continue
			}
			for dir := fields[2]; dir != "/" && dir != "."; dir = filepath.Dir(dir) {
				limit, err := readCount(g.root, dir, g.file)
				if err != nil { // "max" is no number
					continue
				}
				inUse, _ := readCount(g.root, dir, "pids.current") // there is none for memory
				spare = min(spare, g.threads(limit, inUse))
			}
		}
	}
	return spare
}

func readCount(path ...string) (int, error) {
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
