package main

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sparePids returns how many more threads the control groups of this process let it start, math.MaxInt if there is no limit. Go's
// runtime gets some of its own.
func sparePids() int {
	return min(spareIn("", "/sys/fs/cgroup"), spareIn("pids", "/sys/fs/cgroup/pids")) // version 2, and 1
}

func spareIn(controller, root string) int {
	spare := math.MaxInt
	for _, dir := range groupsOf(ownGroups(), controller) {
		if limit, err := readCount(root, dir, "pids.max"); err == nil {
			inUse, _ := readCount(root, dir, "pids.current")
			spare = min(spare, limit-inUse-runtimeThreads)
		}
	}
	return spare
}

// memoryInGroups returns how much memory the control groups of this process allow, math.MaxInt if there is no limit.
func memoryInGroups() int {
	return min(memoryLimit("", "/sys/fs/cgroup", "memory.max"), memoryInGroups1())
}

// memoryInGroups1 is memoryInGroups for control groups of version 1 alone.
func memoryInGroups1() int {
	return memoryLimit("memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes")
}

func memoryLimit(controller, root, file string) int {
	limit := math.MaxInt
	for _, dir := range groupsOf(ownGroups(), controller) {
		if n, err := readCount(root, dir, file); err == nil {
			limit = min(limit, n)
		}
	}
	return limit
}

// ownGroups returns the text of /proc/self/cgroup: cgroups(7). It is empty where no group is known.
func ownGroups() string {
	groups, _ := os.ReadFile("/proc/self/cgroup")
	return string(groups)
}

// groupsOf returns the path of a controller's group in the text of /proc/self/cgroup, and those of the groups that it is in. In
// a container the last one, /, may be the container's own.
func groupsOf(groups, controller string) (dirs []string) {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 || !slices.Contains(strings.Split(fields[1], ","), controller) {
			continue
		}
		dir := filepath.Clean(fields[2])
		for ; dir != "/" && dir != "."; dir = filepath.Dir(dir) {
			dirs = append(dirs, dir)
		}
		return append(dirs, "/")
	}
	return nil
}

// errNoLimit is the error of reading a number so large that it limits nothing. Version 1 of control groups has one where version 2
// has "max".
var errNoLimit = errors.New("no limit")

func readCount(path ...string) (int, error) {
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil && int64(n) > math.MaxInt64/2 {
		return 0, errNoLimit
	}
	return n, err
}
