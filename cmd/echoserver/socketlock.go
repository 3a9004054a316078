//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/socketfile"
)

// lockPatience is how long the server waits for the lock of a directory. Another server that starts holds it for much
// less.
const lockPatience = time.Second

// lockDirectory locks the directory of a socket's file against other servers that start, until settle or retire.
// Otherwise they could mistake this server's socket, which is bound but does not listen yet, for a dead server's. The
// lock is on the directory itself and leaves nothing behind.
//
// Any user who may read the directory can hold the lock. Therefore lockDirectory gives up after lockPatience, and the
// server continues without the lock. It fails only if ctx ends.
func (s *server) lockDirectory(ctx context.Context, l *listener) (locked bool, err error) {
	for deadline := time.Now().Add(lockPatience); ; {
		switch err := unix.Flock(l.socketFile.dir.Fd(), unix.LOCK_EX|unix.LOCK_NB); {
		case err == nil:
			return true, nil
		case err != unix.EWOULDBLOCK && err != unix.EINTR:
			return false, nil // the file system does not support locks
		case time.Now().After(deadline):
			s.log.Warn("another process holds a lock on the directory of the socket's file: going on without it",
				"listener", l.Endpoint.URL(l.addr), "pid", lockHolder(l.socketFile.dir))
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(minPause):
		}
	}
}

// lockHolder returns the process that has a flock(2) on a directory, as text: proc_locks(5).
func lockHolder(dir *socketfile.Dir) string {
	const unknown = "unknown"
	var stat unix.Stat_t
	locks, err := os.ReadFile("/proc/locks")
	if err != nil || unix.Fstat(dir.Fd(), &stat) != nil {
		return unknown
	}
	dev := uint64(stat.Dev)
	file := fmt.Sprintf("%02x:%02x:%d", unix.Major(dev), unix.Minor(dev), stat.Ino)
	for line := range strings.Lines(string(locks)) {
		// 1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF; of those that wait, the second field is an arrow.
		if fields := strings.Fields(line); len(fields) == 8 && fields[1] == "FLOCK" && fields[5] == file {
			return fields[4]
		}
	}
	return unknown
}
