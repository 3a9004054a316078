//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// build makes all programs from their sources. Without a C compiler there are none in C.
func (b *bench) build() error {
	gomod, err := output(exec.Command("go", "env", "GOMOD"))
	if err != nil {
		return err
	}
	module := filepath.Dir(strings.TrimSpace(gomod))
	commands := []*exec.Cmd{
		exec.Command("go", "-C", module, "build", "-buildvcs=false", "-o", b.dir, "./peers/..."),
		exec.Command("go", "-C", filepath.Join(module, "../.."), "build", "-buildvcs=false", "-o", b.dir, "./cmd/echoserver", "./cmd/echoclient"),
	}
	for _, command := range commands {
		command.Env = append(os.Environ(), "CGO_ENABLED=0") // what the C library takes isn't the servers' memory
	}
	if _, err := exec.LookPath("cc"); err == nil {
		for _, name := range []string{"epoll", "datagram", "floor"} {
			source := filepath.Join(module, "peers", name+".c")
			commands = append(commands, exec.Command("cc", "-O2", "-Wall", "-o", filepath.Join(b.dir, name), source))
		}
	}
	for _, command := range commands {
		if _, err := output(command); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a program was built.
func (b *bench) has(program string) bool {
	_, err := os.Stat(filepath.Join(b.dir, program))
	return err == nil
}

// output runs a command. Its error tells what the command wrote to standard error.
func output(command *exec.Cmd) (string, error) {
	text, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%s: %s", filepath.Base(command.Path), strings.TrimSpace(string(exit.Stderr)))
	}
	return string(text), err
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

// measureAll measures what was chosen, and prints the table of each scenario when it is there.
func (b *bench) measureAll(stdout io.Writer) (results, error) {
	var all results
	for _, place := range chosen(placements, b.places) {
		if max(place.server, place.load) >= len(b.cores) {
			fmt.Fprintf(os.Stderr, "servers: %s needs more cores than there are\n", place.name)
			continue
		}
		for _, what := range chosen(scenarios, b.scenarios) {
			if what.idle && place.server != place.load && b.places == nil {
				continue // memory doesn't depend on the core
			}
			table, err := b.compare(place, what)
			if err != nil {
				return all, err
			}
			table.tables(stdout)
			all = append(all, table...)
		}
	}
	return all, nil
}

// compare measures all servers in one scenario, in rounds.
func (b *bench) compare(place placement, what scenario) (results, error) {
	var table results
	for _, s := range chosen(servers, b.servers) {
		command := s.tcp
		if what.udp {
			command = s.udp
		}
		if command != nil && b.has(command[0]) {
			table = append(table, &series{Placement: place.name, Scenario: what.name, Server: s.name, command: command})
		}
	}
	for round := range b.rounds {
		// Another one is the first in each round.
		turn := round % max(1, len(table))
		for _, s := range slices.Concat(table[turn:], table[:turn]) {
			s.Samples = append(s.Samples, b.measure(place, what, s.command))
		}
	}
	if !what.idle && b.perf {
		for _, s := range table {
			s.Calls = b.calls(place, what, s.command)
		}
	}
	if what.floor() && !what.idle && b.has("floor") {
		floor, err := b.floor(place, what)
		if err != nil {
			return nil, err
		}
		table = append(table, floor)
	}
	return table, nil
}
