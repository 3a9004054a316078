//go:build unix

package main

import (
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
)

const (
	blockSize   = 4 << 10 // the least that a file system allocates to a file
	unknownDisk = 1 << 30 // the assumed free space if it is unknown
)

// errSpoolDisk is why a client gets a reset although the disk isn't full.
var errSpoolDisk = errors.New("more than a client's share of -spool-disk")

// spoolSpace is the space for all clients' spools: some memory, and files in a directory. A client gets its own file
// while descriptors are plentiful, and otherwise a region of one shared file. So each connected client has a place for
// its pending bytes, however few descriptors there are.
//
// sendfile(2) is not used with the shared file: it puts the file's pages into the socket, where they would change when the
// region's next client writes to it.
type spoolSpace struct {
	memory  budget
	disk    budget
	dir     string
	log     *slog.Logger
	failing atomic.Bool  // whether the last attempt to give a client a place failed
	files   atomic.Int64 // clients with their own file

	window    int64        // how much may be written before the disk has it, 0 for any amount
	unsettled atomic.Int64 // how much was written since the disk had it all

	mu      sync.Mutex
	limit   int64 // of disk, if limited
	limited bool
	isOpen  bool  // whether the shared file is open
	shared  int   // its descriptor
	region  int64 // the size of a region
	free    []int // regions that were given back
	next    int   // the first region that was never used
}

// spoolFile is a place for one client's bytes: its own file, or a region.
type spoolFile struct {
	fd     int
	own    bool
	region int
	base   int64 // where the region begins
}

// prepare applies the options.
func (s *spoolSpace) prepare(o *options, log *slog.Logger) {
	s.dir, s.log, s.window = o.spoolDir, log, writeWindow()
	memory := o.spoolMemory
	if memory < 0 {
		memory = int64(min(16<<20, memoryInGroups()/4))
	}
	s.memory.left.Store(memory)
	s.region = int64(max(o.buffer, recordSize))
	if o.message {
		s.region = max(s.region, min(o.maxMessage, math.MaxInt64/4))
	}
	if o.spoolDisk >= 0 {
		s.setLimit(o.spoolDisk)
	}
}

// setLimit sets how much of the disk clients may use, and hence how much a region must hold.
func (s *spoolSpace) setLimit(limit int64) {
	s.limit, s.limited = limit, true
	s.disk.left.Store(limit)
	s.region = blocks(min(s.region, limit/2) + headerSize)
}

// blocks rounds up to a multiple of the file system's blocks.
func blocks(n int64) int64 { return (n + blockSize - 1) &^ (blockSize - 1) }

// check logs an error if clients can't have files.
func (s *spoolSpace) check() { s.report(s.open()) }

// report logs an error of giving a client a place, unless the last attempt failed, too.
func (s *spoolSpace) report(err error) {
	switch {
	case err == errSpoolDisk:
	case err == nil:
		s.failing.Store(false)
	case !s.failing.Swap(true):
		s.log.Warn("cannot create spool files: clients that need more than their share of -spool-memory will be reset", "err", err)
	}
}

// open opens the shared file, and sets how much of the disk clients may use unless an option does. If it fails, each
// client that needs a place tries again.
func (s *spoolSpace) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.isOpen:
		return nil
	case s.limited && s.limit == 0:
		return errSpoolDisk
	}
	fd, err := openTemporary(s.dir)
	if err != nil {
		return s.failed("open", err)
	}
	if !s.limited {
		half := freeSpace(fd) / 2
		if half < blockSize {
			unix.Close(fd)
			return s.failed("write", unix.ENOSPC)
		}
		s.setLimit(half)
	}
	s.shared, s.isOpen = fd, true
	return nil
}

// place gives a client a place. Descriptors may be short.
func (s *spoolSpace) place(shortage bool) (f spoolFile, err error) {
	defer func() { s.report(err) }()
	if err := s.open(); err != nil {
		return f, err
	}
	if f, err = s.ownFile(shortage); isShortage(err) {
		f, err = s.takeRegion()
	}
	return f, s.failed("open", err)
}

// ownFile opens a file for one client.
func (s *spoolSpace) ownFile(shortage bool) (f spoolFile, err error) {
	err = unix.EMFILE
	if s.files.Add(1) <= int64(maxFiles) && !shortage {
		f.fd, err = openTemporary(s.dir)
	}
	if err != nil {
		s.files.Add(-1)
		return f, err
	}
	f.own = true
	return f, nil
}

func (s *spoolSpace) takeRegion() (f spoolFile, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		f.region, s.free = s.free[last], s.free[:last]
	} else if int64(s.next) < math.MaxInt64/s.region {
		f.region = s.next
		s.next++
	} else {
		return f, unix.EFBIG
	}
	f.fd, f.base = s.shared, int64(f.region)*s.region
	return f, nil
}

// takeBack takes back a client's place, to which written bytes were written; closed reports whether it closed a
// descriptor.
func (s *spoolSpace) takeBack(f spoolFile, written int64) (closed bool) {
	if f.own {
		unix.Close(f.fd)
		s.files.Add(-1)
		return true
	}
	punchHole(f.fd, f.base, written) // otherwise the next client takes over the blocks
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, f.region)
	return false
}

// wrote is called after n bytes were written to a file. It waits for the disk if the kernel would otherwise kill the process for
// writing too fast.
func (s *spoolSpace) wrote(fd, n int) error {
	if s.window == 0 || s.unsettled.Add(int64(n)) < s.window {
		return nil
	}
	s.unsettled.Store(0)
	return s.failed("sync_file_range", settle(fd))
}

func (s *spoolSpace) failed(call string, err error) error {
	if err == nil {
		return nil
	}
	return &callerr.CallError{Call: call, Address: s.dir, Err: err}
}

// createUnlinked creates a file and unlinks it at once.
func createUnlinked(dir string) (fd int, err error) {
	path := filepath.Join(dir, "echoserver-"+strconv.FormatUint(rand.Uint64(), 36))
	fd, err = unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return -1, err
	}
	if err := unix.Unlink(path); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
