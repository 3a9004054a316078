//go:build linux

package main

import (
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// bench is what the measurements have in common.
type bench struct {
	*options
	dir   string // of the programs
	cores []int
	perf  bool // whether system calls can be counted
}

// prepare gets this thread a network of its own, cores and descriptors enough.
func (b *bench) prepare() error {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return err
	}
	for core := 0; len(b.cores) < set.Count(); core++ {
		if set.IsSet(core) {
			b.cores = append(b.cores, core)
		}
	}
	limit := syscall.Rlimit{}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil { // from now on, what is started has it too
		return err
	}
	_, err := output(exec.Command("perf", "stat", "-e", "raw_syscalls:sys_enter", "true"))
	if b.perf = err == nil; !b.perf {
		fmt.Fprintln(os.Stderr, "servers: no perf, or not for this user: system calls aren't counted")
	}
	return b.isolate()
}

// isolate leaves for a network namespace with reno, so that neither firewalls nor pacing count. Only root can.
func (b *bench) isolate() error {
	err := unix.Unshare(unix.CLONE_NEWNET)
	if err == unix.EPERM {
		fmt.Fprintln(os.Stderr, "servers: not root: what this system does to loopback is measured too; unshare -rn gives a network of one's own")
		return nil
	}
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	loopback.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("1024 65535"), 0); err != nil {
		return err
	}
	return os.WriteFile("/proc/sys/net/ipv4/tcp_congestion_control", []byte("reno"), 0)
}

// chosenServers are those to measure.
func (b *bench) chosenServers() []server { return append(chosen(servers, b.servers), b.peers...) }

// measureAll measures what was chosen, and prints the table of each setting when it is complete.
func (b *bench) measureAll(stdout io.Writer) (results, error) {
	var all results
	for at := range b.settings() {
		table, err := b.compare(at)
		if err != nil {
			return all, err
		}
		table.tables(stdout)
		all = append(all, table...)
	}
	return all, nil
}

// settings yields each placement, scenario and load that was chosen and is possible here.
func (b *bench) settings() iter.Seq[setting] {
	return func(yield func(setting) bool) {
		for _, place := range chosen(placements, b.places) {
			if max(place.server, place.load) >= len(b.cores) {
				fmt.Fprintf(os.Stderr, "servers: %s needs more cores than there are\n", place.name)
				continue
			}
			for _, what := range chosen(scenarios, b.scenarios) {
				for i, l := range chosen(loads, b.loads) {
					at := setting{place.name, what.name, l.name}
					again := what.idle && (i > 0 || place.server != place.load && b.places == nil) // memory depends on neither
					if b.has(l.program) && !again && !yield(at) {
						return
					}
				}
			}
		}
	}
}

// compare measures all servers in one setting, in rounds.
func (b *bench) compare(at setting) (results, error) {
	var table results
	what := at.scenario()
	for _, s := range b.chosenServers() {
		if command := s.command(what); command != nil && b.has(command[0]) {
			table = append(table, &series{setting: at, Server: s.name, command: command})
		}
	}
	for round := range b.rounds {
		// Another one is the first in each round.
		turn := round % max(1, len(table))
		for _, s := range slices.Concat(table[turn:], table[:turn]) {
			s.Samples = append(s.Samples, b.measure(at, s.command))
		}
	}
	if !what.idle && b.perf {
		for _, s := range table {
			s.Calls = b.calls(at, s.command)
		}
	}
	if what.floor() && b.has(floor) {
		found, err := b.floor(at)
		if err != nil {
			return nil, err
		}
		table = append(table, found)
	}
	return table, nil
}
