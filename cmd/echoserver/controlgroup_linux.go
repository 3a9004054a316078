package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// groupLimit is a file in which a control group limits threads: cgroups(7).
type groupLimit struct {
	controller string
	root       string
	file       string
	threads    func(limit, inUse int) int // how many more threads the limit allows
}

// groupLimits has the files of version 2, and then those of 1.
var groupLimits = []groupLimit{
	{"", "/sys/fs/cgroup", "pids.max", sparePids},
	{"", "/sys/fs/cgroup", "memory.max", spareMemory},
	{"pids", "/sys/fs/cgroup/pids", "pids.max", sparePids},
	{"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", spareMemory},
}

func sparePids(limit, inUse int) int { return limit - inUse - runtimeThreads }

// spareMemory leaves half for everything else. It ignores memory in use, most of which is cached files.
func spareMemory(limit, _ int) int { return limit / 2 / threadSize }

// spareInGroups returns how many more threads the control groups of this process allow, math.MaxInt if any number.
func spareInGroups() int {
	spare := math.MaxInt
	for _, g := range groupLimits {
		for _, dir := range groupsOf(ownGroups(), g.controller) {
			spare = min(spare, g.spare(dir))
		}
	}
	return spare
}

// memoryInGroups returns how much memory the control groups of this process allow, math.MaxInt for any amount.
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

// spare returns how many more threads a group allows, math.MaxInt if any number.
func (g *groupLimit) spare(dir string) int {
	limit, err := readCount(g.root, dir, g.file)
	if err != nil { // "max", or no such file
		return math.MaxInt
	}
	inUse, _ := readCount(g.root, dir, "pids.current") // 0 for memory
	return g.threads(limit, inUse)
}

func readCount(path ...string) (int, error) {
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
