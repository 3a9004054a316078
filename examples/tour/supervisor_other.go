//go:build unix && !linux

package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// supervisor is the command for a supervisor of the run in dir, with a process group of its own.
func supervisor(ctx context.Context, dir string, _ bool) *exec.Cmd {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(environ("PATH", "HOME", "LANG"), superviseVariable+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// prepareNetwork does nothing: there is no network of its own.
func prepareNetwork() error { return nil }

// adoptOrphans does nothing: processes that lose their parent get another.
func adoptOrphans() {}

// endOrphans does nothing: the processes of the run end with their group.
func endOrphans() {}
