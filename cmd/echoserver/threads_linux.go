package main

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// runtimeThreads is about how many threads Go has beside those in system calls.
const runtimeThreads = 16

// spareThreads is how many threads the system lets this process start, as far as it tells: Go kills a process that can't
// have one.
func spareThreads() int {
	spare := math.MaxInt
	var limit unix.Rlimit
	// Root may have any number. Of a user's other processes nothing is known: half is for them.
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &limit); err == nil && os.Geteuid() != 0 && limit.Cur < 1<<30 {
		spare = int(limit.Cur)/2 - runtimeThreads
	}
	return max(1, min(spare, spareInGroups()))
}

// spareInGroups is how many threads the control groups of this process have left: cgroups(7), pids.max.
func spareInGroups() int {
	spare := math.MaxInt
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return spare
	}
	for line := range strings.Lines(string(groups)) {
		path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for dir := path; ok && dir != "/" && dir != "."; dir = filepath.Dir(dir) {
			most, err := readCount("/sys/fs/cgroup", dir, "pids.max")
			now, err2 := readCount("/sys/fs/cgroup", dir, "pids.current")
			if err == nil && err2 == nil { // "max" is no number
				spare = min(spare, most-now-runtimeThreads)
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
