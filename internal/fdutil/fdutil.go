//go:build unix

// Package fdutil is what the commands and the tests need of plain descriptors. It knows nothing about sockets.
package fdutil

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Event is a descriptor that becomes readable once and stays so, for any number of waiters: a pipe whose writing end is
// closed. Its methods may be called from any goroutine.
type Event struct {
	read, write *os.File
	fd          int
	set         sync.Once
	done        chan struct{}
}

// NewEvent makes an Event that isn't set. The caller closes it.
func NewEvent() (*Event, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, named(err)
	}
	return &Event{read: r, write: w, fd: int(r.Fd()), done: make(chan struct{})}, nil
}

// Fd is the descriptor to wait on with poll(2) or epoll(7): once set it reports POLLHUP. It stays the Event's own.
func (e *Event) Fd() int { return e.fd }

// Done is closed when the Event is set.
func (e *Event) Done() <-chan struct{} { return e.done }

// Set wakes all that wait, now and later. It may be called more than once.
func (e *Event) Set() {
	e.set.Do(func() {
		close(e.done)
		e.write.Close()
	})
}

// Close gives up the descriptors.
func (e *Event) Close() {
	e.write.Close()
	e.read.Close()
}

// StartPoller makes Go's runtime open the descriptors of its own poller now. It does so by itself at the first timer or
// pipe, and kills the process if there is none left by then.
func StartPoller() error {
	if err := haveFour(); err != nil {
		return err
	}
	e, err := NewEvent()
	if err != nil {
		return err
	}
	e.Close()
	return nil
}

// named adds the name of its errno to a system call's error.
func named(err error) error {
	var call *os.SyscallError
	var errno syscall.Errno
	if errors.As(err, &call) && errors.As(err, &errno) {
		return fmt.Errorf("%s: %s (%w)", call.Syscall, unix.ErrnoName(errno), errno)
	}
	return err
}

// haveFour fails unless there is room for two descriptors of the poller's and two of an Event's.
func haveFour() error {
	var pipes [2][2]int
	for i := range pipes {
		if err := unix.Pipe(pipes[i][:]); err != nil {
			return named(os.NewSyscallError("pipe2", err))
		}
		defer unix.Close(pipes[i][0])
		defer unix.Close(pipes[i][1])
	}
	return nil
}

// Limit is how many descriptors this process may have open: getrlimit(2) RLIMIT_NOFILE.
func Limit() (int, error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, err
	}
	return int(min(uint64(r.Cur), 1<<31-1)), nil
}

// Open lists the descriptors that are open, in order. It needs none itself.
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
