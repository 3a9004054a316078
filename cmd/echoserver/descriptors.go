//go:build unix

package main

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// Parts of the descriptor limit, RLIMIT_NOFILE, that are not for connections. None of them is necessary: clients are also
// served without pipes and without their own files, and by one loop.
var (
	descriptorLimit = readDescriptorLimit()

	maxPipes     = min(128, descriptorLimit/16) // each has two descriptors
	maxFreePipes = max(4, runtime.NumCPU())     // pipes that are kept for the next client
	maxFiles     = descriptorLimit / 8          // files that belong to one client each
	maxLoops     = max(1, descriptorLimit/16)   // each has two descriptors
)

func readDescriptorLimit() int {
	limit, err := fdutil.Limit()
	if err != nil {
		return 1024 // the usual limit
	}
	return limit
}

// isShortage reports whether a call failed because this process or the system has run out of descriptors, or the kernel of
// memory.
func isShortage(err error) bool {
	return err == sock.EMFILE || err == sock.ENFILE || err == sock.ENOBUFS || err == sock.ENOMEM
}

// shortage counts the listeners whose clients wait because of a shortage. While there are any, the server works without
// the descriptors that only make it faster.
type shortage struct{ listeners atomic.Int32 }

func (s *shortage) exists() bool { return s.listeners.Load() > 0 }

// prepareEngine prepares the engine and the files. It reserves a descriptor meanwhile, so that at least one client can be
// served.
func (s *server) prepareEngine() (serve func() error, err error) {
	spare, err := unix.FcntlInt(uintptr(s.stop.Fd()), unix.F_DUPFD_CLOEXEC, 0) // which -trace does not show
	if err != nil {
		return nil, fmt.Errorf("no descriptor is left for clients: %s", callerr.Describe(err))
	}
	defer unix.Close(spare)
	if serve, err = s.options.engine(s); err != nil {
		return nil, err
	}
	s.space.check()
	return serve, nil
}
