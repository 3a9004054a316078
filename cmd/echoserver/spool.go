//go:build unix

package main

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

const (
	chunkSize  = 64 << 10  // the size to which a chunk of a stream grows, by doubling
	chunkCost  = 64        // roughly the memory of a chunk in addition to its bytes
	headerSize = 4         // in a file, the length before each record
	burst      = 256 << 10 // how much is sent to one client before others get their turn
)

// spool holds a client's pending bytes in order: in memory while the budget allows, and after that in an unlinked file.
// Records keep their boundaries: each is a separate chunk, or has its length before it in the file.
type spool struct {
	records   bool
	added     int64    // bytes
	sent      int64    // of these
	pipe      *pipe    // bytes that come before all others, or nil
	chunks    [][]byte // the bytes in memory
	memory    int64    // their cost
	chunkSent int      // bytes of the first chunk that were sent
	file      spoolFile
	isOpen    bool  // whether it has a file
	written   int64 // the file's length
	fileSent  int64 // bytes of the file that were sent
	disk      int64 // the disk space that the file uses
}

func (sp *spool) empty() bool {
	return sp == nil || len(sp.chunks) == 0 && sp.fileSent == sp.written && (sp.pipe == nil || sp.pipe.held == 0)
}

func (sp *spool) total() int64 {
	if sp == nil {
		return 0
	}
	return sp.added
}

// progress returns how much was sent: it grows as long as the spool isn't discarded.
func (sp *spool) progress() int64 {
	if sp == nil {
		return 0
	}
	return sp.sent
}

// add appends bytes: a whole record, or any part of a stream. Descriptors may be short.
func (sp *spool) add(space *spoolSpace, p []byte, shortage bool) error {
	sp.added += int64(len(p))
	if sp.records {
		sp.added += headerSize
	}
	if !sp.isOpen {
		p = p[sp.remember(space, p):]
	}
	if len(p) == 0 {
		return nil
	}
	if err := sp.open(space, shortage); err != nil {
		return err
	}
	if sp.records {
		if err := sp.write(space, binary.NativeEndian.AppendUint32(nil, uint32(len(p)))); err != nil {
			return err
		}
	}
	return sp.write(space, p)
}

// open gets a place for the file, unless the spool has one.
func (sp *spool) open(space *spoolSpace, shortage bool) (err error) {
	if sp.isOpen {
		return nil
	}
	sp.file, err = space.place(shortage)
	sp.isOpen = err == nil
	return err
}

// remember stores as many bytes in memory as the budget allows, of a record all or none; n is how many.
func (sp *spool) remember(space *spoolSpace, p []byte) (n int) {
	n = sp.fillChunk(p)
	if n < len(p) && sp.addChunk(space, p[n:]) {
		n = len(p)
	}
	return n
}

// fillChunk stores the first bytes of a stream in the space that the last chunk has left; n is how many.
func (sp *spool) fillChunk(p []byte) (n int) {
	last := len(sp.chunks) - 1
	if last < 0 || sp.records {
		return 0
	}
	chunk := sp.chunks[last]
	n = min(len(p), cap(chunk)-len(chunk))
	sp.chunks[last] = append(chunk, p[:n]...)
	return n
}

// addChunk stores all of p in a new chunk. It returns false if the budget doesn't allow that.
func (sp *spool) addChunk(space *spoolSpace, p []byte) bool {
	size := len(p)
	if last := len(sp.chunks) - 1; last >= 0 && !sp.records {
		size = max(size, min(2*cap(sp.chunks[last]), chunkSize))
	}
	cost := int64(size + chunkCost)
	if !space.memory.take(sp.memory, cost) {
		return false
	}
	sp.memory += cost
	sp.chunks = append(sp.chunks, append(make([]byte, 0, size), p...))
	return true
}

func (sp *spool) write(space *spoolSpace, p []byte) error {
	if more := sp.written + int64(len(p)) - sp.disk; more > 0 {
		more = blocks(more)
		if !space.disk.take(sp.disk, more) {
			return errSpoolDisk
		}
		sp.disk += more
	}
	for len(p) > 0 {
		n, err := sock.Retry(func() (int, error) { return unix.Pwrite(sp.file.fd, p, sp.file.base+sp.written) })
		if err != nil {
			return space.failed("write", err)
		}
		sp.written += int64(n)
		p = p[n:]
		if err := space.wrote(sp.file.fd, n); err != nil {
			return err
		}
	}
	return nil
}

// send sends the first part: a chunk, a record or a burst of the file. buf can hold a record, and last has the flags for a
// chunk that nothing follows.
func (sp *spool) send(space *spoolSpace, fd int, buf []byte, last int) (n int64, err error) {
	switch {
	case sp.pipe != nil && sp.pipe.held > 0:
		n, err = sp.pipe.drain(fd)
	case len(sp.chunks) > 0:
		n, err = sp.sendChunk(space, fd, last)
	case sp.records:
		n, err = sp.sendRecord(fd, buf)
	default:
		n, err = sp.sendBurst(fd, buf)
	}
	sp.sent += n
	return n, err
}

func (sp *spool) sendBurst(fd int, buf []byte) (int64, error) {
	send := sendFile
	if !sp.file.own {
		send = copyFile
	}
	n, err := send(fd, sp.file.fd, sp.file.base+sp.fileSent, min(sp.written-sp.fileSent, burst), buf)
	sp.fileSent += n
	if n == 0 && err == nil {
		err = sock.EIO // the file is shorter than what was written
	}
	return n, err
}

func (sp *spool) sendChunk(space *spoolSpace, fd, flags int) (int64, error) {
	if len(sp.chunks) > 1 || sp.fileSent < sp.written {
		flags = 0
	}
	chunk := sp.chunks[0]
	n, err := sock.SendAll(fd, chunk[sp.chunkSent:], flags)
	if sp.chunkSent += n; sp.chunkSent == len(chunk) {
		sp.forget(space, chunk)
		sp.chunks[0] = nil
		sp.chunks, sp.chunkSent = sp.chunks[1:], 0
	}
	return int64(n), err
}

// sendRecord sends the file's next record, which a socket accepts as a whole or not at all.
func (sp *spool) sendRecord(fd int, buf []byte) (int64, error) {
	header := buf[:headerSize]
	at := sp.file.base + sp.fileSent
	if err := readFull(sp.file.fd, header, at); err != nil {
		return 0, err
	}
	size := int(binary.NativeEndian.Uint32(header))
	if err := readFull(sp.file.fd, buf[:size], at+headerSize); err != nil {
		return 0, err
	}
	n, err := sock.SendAll(fd, buf[:size], 0)
	if err == nil {
		sp.fileSent += headerSize + int64(size)
	}
	return int64(n), err
}

// forget gives back the memory of a chunk.
func (sp *spool) forget(space *spoolSpace, chunk []byte) {
	cost := int64(cap(chunk) + chunkCost)
	sp.memory -= cost
	space.memory.give(cost)
}

// discard gives back everything that the spool has.
func (sp *spool) discard(s *server) {
	s.space.memory.give(sp.memory)
	s.space.disk.give(sp.disk)
	if sp.isOpen && s.space.takeBack(sp.file, sp.written) {
		s.vacancies.add()
	}
	if sp.pipe != nil {
		s.givePipe(sp.pipe)
	}
}

func readFull(fd int, p []byte, offset int64) error {
	for len(p) > 0 {
		n, err := sock.Retry(func() (int, error) { return unix.Pread(fd, p, offset) })
		if err != nil {
			return err
		}
		if n == 0 {
			return sock.EIO
		}
		p, offset = p[n:], offset+int64(n)
	}
	return nil
}

// copyFile sends a part of a file, at most one buffer.
func copyFile(fd, file int, offset, count int64, buf []byte) (int64, error) {
	p := buf[:min(count, int64(len(buf)))]
	if err := readFull(file, p, offset); err != nil {
		return 0, err
	}
	n, err := sock.SendAll(fd, p, 0)
	return int64(n), err
}
