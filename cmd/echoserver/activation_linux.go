package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// firstInherited is the first of the descriptors that a service manager passes: sd_listen_fds(3).
const firstInherited = 3

// activation describes the descriptors that a service manager passes.
type activation struct {
	count int
	names []string // nil if unknown
}

// readActivation parses the variables of sd_listen_fds(3) for a process. The warning says why no descriptors are used
// although LISTEN_FDS is set.
func readActivation(getenv func(string) string, pid int) (a activation, warning string, err error) {
	fds, forPid := getenv("LISTEN_FDS"), getenv("LISTEN_PID")
	switch {
	case fds == "":
		return a, "", nil
	case forPid == "":
		return a, "LISTEN_FDS is set without LISTEN_PID: ignoring it", nil
	}
	meant, err := strconv.ParseUint(forPid, 10, 31)
	if err != nil {
		return a, "", fmt.Errorf("LISTEN_PID is %q: want the number of a process", forPid)
	}
	if int(meant) != pid {
		return a, fmt.Sprintf("LISTEN_FDS is meant for process %d, and this is %d: ignoring it (a wrapper must exec the server)", meant, pid), nil
	}
	count, err := strconv.ParseUint(fds, 10, 31)
	if err != nil || count > math.MaxInt32-firstInherited {
		return a, "", fmt.Errorf("LISTEN_FDS is %q: want a number of descriptors", fds)
	}
	if count == 0 {
		return a, "LISTEN_FDS is 0: the service manager passed no sockets", nil
	}
	a.count = int(count)
	if names := strings.Split(getenv("LISTEN_FDNAMES"), ":"); len(names) == a.count {
		a.names = names
	}
	return a, "", nil
}

// label returns a descriptor's name for errors and the log.
func (a activation) label(fd int) string {
	if a.names == nil || a.names[fd-firstInherited] == "" {
		return strconv.Itoa(fd)
	}
	return fmt.Sprintf("%d (%s)", fd, a.names[fd-firstInherited])
}

// inherit takes over the sockets that a service manager passes to this server: sd_listen_fds(3).
func (s *server) inherit() (some bool, err error) {
	a, warning, err := readActivation(os.Getenv, os.Getpid())
	for _, name := range []string{"LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name) // a child of this process must not mistake the sockets for its own
	}
	if err != nil {
		return false, err
	}
	if warning != "" {
		s.log.Warn(warning)
	}
	for fd := firstInherited; fd < firstInherited+a.count; fd++ {
		l, err := s.adopt(fd)
		if err != nil {
			return false, fmt.Errorf("descriptor %s of LISTEN_FDS: %w", a.label(fd), err)
		}
		s.listeners = append(s.listeners, l)
		s.log.Debug("inherited", "listener", l.url, "descriptor", a.label(fd))
	}
	return a.count > 0, nil
}
