//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a server that runs.
type process struct {
	*exec.Cmd
	url string
}

// start starts a server and waits until it listens.
func (b *bench) start(command []string, core int) (*process, error) {
	if err := b.pin(core); err != nil {
		return nil, err
	}
	p := &process{Cmd: exec.Command(b.path(command[0]), command[1:]...)}
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it doesn't outlive this thread, even if a signal ends that
	stdout, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
			p.url = url
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s doesn't tell where it listens", command[0])
}

func (p *process) stop() {
	p.Process.Kill()
	p.Wait()
}

// pin gives this thread, and what it starts from now on, one core.
func (b *bench) pin(core int) error {
	var set unix.CPUSet
	set.Set(b.cores[core])
	return unix.SchedSetaffinity(0, &set)
}

// cpu is what all threads of the server have computed so far, those that ended too, in nanoseconds.
func (p *process) cpu() (float64, error) {
	const schedulerClock = 2 // CPUCLOCK_SCHED: clock_getcpuclockid(3) makes a process's clock like this
	var t unix.Timespec
	err := unix.ClockGettime(int32(^p.Process.Pid<<3|schedulerClock), &t)
	return float64(t.Nano()), err
}

// memory is a line of /proc/PID/status, in MB: VmRSS is what is resident, VmHWM the most that ever was.
func (p *process) memory(line string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := bytes.Cut(text, []byte(line+":"))
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0, fmt.Errorf("/proc/%d/status has no %s", p.Process.Pid, line)
	}
	kilobytes, err := strconv.ParseFloat(string(fields[0]), 64)
	return kilobytes * 1024 / 1e6, err
}

// awaitDescriptors waits until the server has so many descriptors open.
func (p *process) awaitDescriptors(count int) error {
	open := 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Process.Pid))
		if err != nil {
			return err
		}
		switch open = len(list); {
		case open == 0:
			return fmt.Errorf("it has ended")
		case open >= count:
			return nil
		}
	}
	return fmt.Errorf("it has only %d descriptors open", open)
}
