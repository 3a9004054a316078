//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdutil

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// rehearse makes the calls that the runtime's poller will make. It returns the error of the first that fails.
func rehearse() error {
	fd, err := unix.Kqueue()
	if err != nil {
		return named(os.NewSyscallError("kqueue", err))
	}
	defer unix.Close(fd)
	if runtime.GOOS != "netbsd" && runtime.GOOS != "openbsd" {
		return nil
	}
	var pipe [2]int // by which these wake the poller
	if err := unix.Pipe(pipe[:]); err != nil {
		return named(os.NewSyscallError("pipe2", err))
	}
	unix.Close(pipe[0])
	unix.Close(pipe[1])
	return nil
}
