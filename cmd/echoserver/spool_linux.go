package main

import (
	"cmp"
	"math"
	"slices"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// noTemporary are the errors of open(2) without O_TMPFILE: on the file system, on this kernel, or in a sandbox.
var noTemporary = []error{unix.EOPNOTSUPP, unix.EISDIR, unix.EINVAL, unix.ENOSYS, unix.EPERM, unix.EACCES}

// openTemporary opens a file without a name: open(2) O_TMPFILE, or a new file that it unlinks.
func openTemporary(dir string) (fd int, err error) {
	fd, err = sock.Retry(func() (int, error) {
		return unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	})
	if slices.Contains(noTemporary, err) {
		return createUnlinked(dir)
	}
	return fd, err
}

// freeSpace returns how much of a file's disk is free for this user.
func freeSpace(fd int) int64 {
	var disk unix.Statfs_t
	if err := unix.Fstatfs(fd, &disk); err != nil || disk.Blocks == 0 {
		return unknownDisk
	}
	size := cmp.Or(int64(disk.Frsize), int64(disk.Bsize))
	return int64(min(disk.Bavail, 1<<62/uint64(size))) * size
}

// punchHole frees a part of a file, if the file system supports that.
func punchHole(fd int, offset, size int64) {
	unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, offset, size)
}

// writeWindow returns how much may be written to files before the disk has it, 0 for any amount. Pages that wait for the disk
// count against the memory of a control group. Version 2 makes a process that writes too fast wait; version 1 kills it.
func writeWindow() int64 {
	if limit := memoryInGroups1(); limit < math.MaxInt {
		return int64(limit / 8)
	}
	return 0
}

// settle waits until the disk has a file's pages: sync_file_range(2).
func settle(fd int) error {
	const writeAndWait = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	_, err := sock.Retry(func() (int, error) { return 0, unix.SyncFileRange(fd, 0, 0, writeAndWait) })
	if callerr.Unavailable(err) {
		return nil
	}
	return err
}

// sendFile sends a part of a file, without a copy of it in this process.
func sendFile(fd, file int, offset, count int64, _ []byte) (int64, error) {
	return sock.SendfileAll(fd, file, offset, count)
}
