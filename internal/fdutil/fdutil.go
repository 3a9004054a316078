//go:build unix

// Package fdutil has the helpers for descriptors that the commands and the tests share. It knows nothing about sockets.
package fdutil

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Event is a descriptor that any number of waiters can poll; once set, it stays readable. It is a pipe, and setting it
// closes the writing end. Its methods may be called from any goroutine.
type Event struct {
	read, write *os.File
	fd          int
	set         sync.Once
	done        chan struct{}
}

// NewEvent returns an Event that isn't set. The caller closes it.
func NewEvent() (*Event, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, named(err)
	}
	return &Event{read: r, write: w, fd: int(r.Fd()), done: make(chan struct{})}, nil
}

// Fd returns the descriptor to wait on with poll(2) or epoll(7): it reports POLLHUP once the Event is set. Only Close
// may close it.
func (e *Event) Fd() int { return e.fd }

// Done returns a channel that is closed when the Event is set.
func (e *Event) Done() <-chan struct{} { return e.done }

// Set wakes all waiters, present and future. It may be called more than once.
func (e *Event) Set() {
	e.set.Do(func() {
		close(e.done)
		e.write.Close()
	})
}

// Close closes the descriptors.
func (e *Event) Close() {
	e.write.Close()
	e.read.Close()
}

// StartPoller makes Go's runtime open the descriptors of its poller now. Otherwise the runtime opens them for the first
// timer or pipe, and kills the process if it can't by then.
func StartPoller() error {
	if err := rehearse(); err != nil {
		return err
	}
	time.AfterFunc(time.Hour, func() {}).Stop()
	return nil
}

// named adds the errno's name to the error of a system call.
func named(err error) error {
	var call *os.SyscallError
	var errno syscall.Errno
	if errors.As(err, &call) && errors.As(err, &errno) {
		return fmt.Errorf("%s: %s (%w)", call.Syscall, unix.ErrnoName(errno), errno)
	}
	return err
}

// Limit returns how many descriptors this process may have open: getrlimit(2) RLIMIT_NOFILE.
func Limit() (int, error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, err
	}
	return int(min(uint64(r.Cur), 1<<31-1)), nil
}

// Open lists the open descriptors in order. It opens none itself.
func Open() ([]int, error) {
	limit, err := Limit()
	if err != nil {
		return nil, err
	}
	var fds []int
	for fd := range limit {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			fds = append(fds, fd)
		}
	}
	return fds, nil
}
