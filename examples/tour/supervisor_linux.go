package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"example.com/berkeley/examples/internal/ownnet"

	"golang.org/x/sys/unix"
)

// isolatedVariable is in the environment of a supervisor with a network of its own.
const isolatedVariable = "TOUR_ISOLATED"

// supervisor is the command for a supervisor of the run in dir. It has a process group of its own. In namespaces of its own it
// is the first process, with which all others end: pid_namespaces(7). Elsewhere it ends them itself, also after the tour's end.
func supervisor(ctx context.Context, dir string, isolated bool) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(environ("PATH", "HOME", "LANG"), superviseVariable+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if isolated {
		cmd.Env = append(cmd.Env, isolatedVariable+"=1")
		ownnet.Isolate(cmd)
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWPID
		cmd.SysProcAttr.Pdeathsig = 0 // it would end with the thread that starts it; the end of heard tells it of the tour's
	}
	cmd.SysProcAttr.Setpgid = true
	return cmd
}

// adoptOrphans makes this process the parent of those that lose theirs, also of one that has a session of its own as a daemon
// has: PR_SET_CHILD_SUBREAPER(2const).
func adoptOrphans() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// endOrphans ends the processes that the program has left, and those that they leave. With the first process of a namespace,
// the kernel does.
func endOrphans() {
	if os.Getpid() == 1 {
		return
	}
	for pids := children(); len(pids) > 0; pids = children() {
		for _, pid := range pids {
			if syscall.Kill(pid, syscall.SIGKILL) != nil {
				return // it has other rights
			}
			syscall.Wait4(pid, nil, 0, nil)
		}
	}
}

var stat = regexp.MustCompile(`(?s)^(\d+) \(.*\) \S (\d+) `)

// children are this process's children, from /proc/PID/stat: proc_pid_stat(5).
func children() (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		p, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		if m := stat.FindSubmatch(p); m != nil && string(m[2]) == strconv.Itoa(os.Getpid()) {
			pid, _ := strconv.Atoi(string(m[1]))
			pids = append(pids, pid)
		}
	}
	return pids
}

// prepareNetwork makes a supervisor's own network usable.
func prepareNetwork() error {
	if os.Getenv(isolatedVariable) == "" {
		return nil
	}
	os.Unsetenv(isolatedVariable)
	return ownnet.LoopbackUp()
}
