// Package ownnet lets a lesson have a network of its own: it can drop packets, use up ports and read what passes, without
// privileges and without anyone else noticing.
package ownnet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// inside marks the process that Enter starts.
const inside = "LESSON_IN_ITS_OWN_NETWORK"

// Enter runs the program again, as root of a new user namespace and a new network namespace whose only interface is lo:
// user_namespaces(7), network_namespaces(7). It returns in the new process alone; the first one ends with its exit status.
// Where the system has no such namespaces for this user, it says so and ends the program.
func Enter() {
	if os.Getenv(inside) == "" {
		os.Exit(again())
	}
	if err := LoopbackUp(); err != nil {
		os.Exit(missing(err))
	}
}

// Isolate has cmd run in such namespaces. Enter returns at once there.
func Isolate(cmd *exec.Cmd) {
	cmd.Env = append(cmd.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL, // sent when the thread that started it ends, and not the process
	}
}

func again() int {
	runtime.LockOSThread() // as Isolate says
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Args[0] = os.Args[0] // by which pgrep finds it
	Isolate(cmd)
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return missing(err)
	}
	return 0
}

// missing says why the lesson can't be shown here.
func missing(err error) int {
	if errors.Is(err, unix.ENOSPC) {
		err = errors.New("the limit of user namespaces is reached, user.max_user_namespaces")
	}
	fmt.Printf("This lesson needs a user namespace with a network of its own, and this system refuses: %v\n", err)
	return 0
}

// LoopbackUp brings up lo, which is down in a new network namespace.
func LoopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return os.NewSyscallError("ioctl", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
}
