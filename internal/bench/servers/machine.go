//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// machine is what results depend on, beside the servers.
type machine struct {
	Processor   string  `json:"processor"`
	Cores       int     `json:"cores"`
	Kernel      string  `json:"kernel"`
	SystemCall  float64 `json:"system_call_us"` // what a call costs that does next to nothing
	Congestion  string  `json:"congestion_control"`
	Mitigations string  `json:"mitigations"`
}

// thisMachine examines the machine, and the network namespace of this thread.
func thisMachine(cores int) machine {
	var system unix.Utsname
	unix.Uname(&system)
	congestion, _ := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control")
	return machine{
		Processor:   processor("/proc/cpuinfo"),
		Cores:       cores,
		Kernel:      unix.ByteSliceToString(system.Release[:]),
		SystemCall:  systemCall(),
		Congestion:  strings.TrimSpace(string(congestion)),
		Mitigations: mitigations("/sys/devices/system/cpu/vulnerabilities"),
	}
}

// processor is the name of the first processor in /proc/cpuinfo, with its family and model, where the name may hide the kind.
func processor(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer file.Close()
	found := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan() && lines.Text() != ""; {
		name, value, _ := strings.Cut(lines.Text(), ":")
		found[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if found["cpu family"] == "" {
		return "unknown"
	}
	return fmt.Sprintf("%s (family %s, model %s)", found["model name"], found["cpu family"], found["model"])
}

// systemCall is the least time of a getppid(2), in µs.
func systemCall() float64 {
	const times, rounds = 10_000, 20
	best := time.Hour
	for range rounds {
		began := time.Now()
		for range times {
			syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
		}
		best = min(best, time.Since(began))
	}
	return best.Seconds() * 1e6 / times
}

// mitigations sums up what the kernel does about faults of the processor, all of which can make system calls slower.
func mitigations(dir string) string {
	files, _ := filepath.Glob(dir + "/*")
	var list []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		state := strings.TrimPrefix(strings.TrimSpace(string(text)), "Mitigation: ")
		if err == nil && state != "Not affected" {
			list = append(list, filepath.Base(file)+": "+state)
		}
	}
	if list == nil {
		return "none"
	}
	return strings.Join(list, "; ")
}

func (m machine) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores, Linux %s\n", m.Processor, m.Cores, m.Kernel)
	fmt.Fprintf(w, "a bare system call: %.3f µs; congestion control: %s\n", m.SystemCall, m.Congestion)
	fmt.Fprintf(w, "mitigations: %s\n", m.Mitigations)
}
