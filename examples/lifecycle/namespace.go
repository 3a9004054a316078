//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// marker is in the environment of a process that runs in namespaces of its own.
const marker = "LIFECYCLE_NAMESPACE"

// inOwnNamespace runs this program again in a user namespace and a network namespace of its own, where it may capture
// packets: user_namespaces(7), network_namespaces(7). It returns only if that isn't possible here.
func inOwnNamespace() {
	if os.Getenv(marker) != "" {
		return
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Env = append(os.Environ(), marker+"=1")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   unix.SIGKILL,
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt) // a terminal sends it to both, and the other one ends by it
	defer signal.Stop(interrupts)
	runtime.LockOSThread() // its end would send the other one SIGKILL
	defer runtime.UnlockOSThread()
	err := again.Run()
	exit := (*exec.ExitError)(nil)
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		os.Exit(exitTrouble) // by a signal
	case errors.As(err, &exit) && exit.ExitCode() != exitNoNetwork:
		os.Exit(exit.ExitCode())
	}
}

// exitNoNetwork tells the parent process that the namespaces were made, and are of no use.
const exitNoNetwork = 71 // EX_OSERR of sysexits.h

// prepareNamespace brings up the loopback interface, which is down in a new network namespace: netdevice(7).
func prepareNamespace() {
	if os.Getenv(marker) == "" {
		return
	}
	if err := upLoopback(); err != nil {
		os.Exit(exitNoNetwork)
	}
}

func upLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}
