//go:build unix

package main

import (
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

const (
	chunkSize  = 64 << 10  // what a chunk of a stream grows to, by doubling
	chunkCost  = 64        // what a chunk takes beside its bytes, about
	headerSize = 4         // in a file, the length before each record
	burst      = 256 << 10 // how much one client is sent before it is others' turn
)

// spoolSpace is where all clients' spools are: some memory, and a directory for files.
type spoolSpace struct {
	left atomic.Int64 // of -spool-memory
	dir  string
}

// take asks for memory; give returns it.
func (s *spoolSpace) take(n int) bool {
	if s.left.Add(-int64(n)) >= 0 {
		return true
	}
	s.give(n)
	return false
}

func (s *spoolSpace) give(n int) { s.left.Add(int64(n)) }

// check fails where no file can be made.
func (s *spoolSpace) check() error {
	fd, err := openTemporary(s.dir)
	if err != nil {
		return &endpoint.CallError{Call: "open", Address: s.dir, Err: err}
	}
	return unix.Close(fd)
}

// spool keeps what a client is owed, in order: in memory while there is some left, and what comes after that in a file
// that has no name. Records keep their boundaries: each is a chunk of its own, or has its length before it in the file.
type spool struct {
	records bool
	size    int64    // how much was added
	gone    int64    // how much was sent
	chunks  [][]byte // what is in memory
	sent    int      // how much of the first chunk is gone
	file    int      // the descriptor, if isOpen
	isOpen  bool
	read    int64 // how much of the file was sent
	written int64 // how much of it there is
	pipe    *pipe // what comes before all that, if there is one
}

func (o *spool) empty() bool {
	return o == nil || len(o.chunks) == 0 && o.read == o.written && (o.pipe == nil || o.pipe.held == 0)
}

func (o *spool) total() int64 {
	if o == nil {
		return 0
	}
	return o.size
}

// progress is how much was sent: it grows as long as the spool isn't discarded.
func (o *spool) progress() int64 {
	if o == nil {
		return 0
	}
	return o.gone
}

// add puts bytes at the end: a whole record, or any part of a stream.
func (o *spool) add(space *spoolSpace, p []byte) error {
	o.size += int64(len(p))
	if o.records {
		o.size += headerSize
	}
	if !o.isOpen {
		p = p[o.remember(space, p):]
	}
	if len(p) == 0 {
		return nil
	}
	if !o.isOpen {
		var err error
		if o.file, err = openTemporary(space.dir); err != nil {
			return &endpoint.CallError{Call: "open", Address: space.dir, Err: err}
		}
		o.isOpen = true
	}
	if o.records {
		if err := o.write(space, binary.NativeEndian.AppendUint32(nil, uint32(len(p)))); err != nil {
			return err
		}
	}
	return o.write(space, p)
}

// remember keeps in memory what there is room for, of a record all or nothing; n is how much.
func (o *spool) remember(space *spoolSpace, p []byte) (n int) {
	size := len(p)
	if last := len(o.chunks) - 1; last >= 0 && !o.records {
		chunk := o.chunks[last]
		n = min(len(p), cap(chunk)-len(chunk))
		o.chunks[last] = append(chunk, p[:n]...)
		size = max(len(p)-n, min(2*cap(chunk), chunkSize))
	}
	if n == len(p) || !space.take(size+chunkCost) {
		return n
	}
	o.chunks = append(o.chunks, append(make([]byte, 0, size), p[n:]...))
	return len(p)
}

func (o *spool) write(space *spoolSpace, p []byte) error {
	for len(p) > 0 {
		n, err := sock.Retry(func() (int, error) { return unix.Pwrite(o.file, p, o.written) })
		if err != nil {
			return &endpoint.CallError{Call: "write", Address: space.dir, Err: err}
		}
		o.written += int64(n)
		p = p[n:]
	}
	return nil
}

// send sends what comes first: a chunk, a record or a burst of the file. buf has room for a record, and last are the flags
// of a chunk that nothing follows.
func (o *spool) send(space *spoolSpace, fd int, buf []byte, last int) (n int64, err error) {
	switch {
	case o.pipe != nil && o.pipe.held > 0:
		n, err = o.pipe.empty(fd)
	case len(o.chunks) > 0:
		n, err = o.sendChunk(space, fd, last)
	case o.records:
		n, err = o.sendRecord(fd, buf)
	default:
		n, err = o.sendBurst(fd, buf)
	}
	o.gone += n
	return n, err
}

func (o *spool) sendBurst(fd int, buf []byte) (int64, error) {
	n, err := sendFile(fd, o.file, o.read, min(o.written-o.read, burst), buf)
	o.read += n
	if n == 0 && err == nil {
		err = sock.EIO // the file has less than was written
	}
	return n, err
}

func (o *spool) sendChunk(space *spoolSpace, fd, flags int) (int64, error) {
	if len(o.chunks) > 1 || o.read < o.written {
		flags = 0
	}
	chunk := o.chunks[0]
	n, err := sock.SendAll(fd, chunk[o.sent:], flags)
	if o.sent += n; o.sent == len(chunk) {
		space.give(cap(chunk) + chunkCost)
		o.chunks[0] = nil
		o.chunks, o.sent = o.chunks[1:], 0
	}
	return int64(n), err
}

// sendRecord sends the file's next record, which a socket takes as a whole or not at all.
func (o *spool) sendRecord(fd int, buf []byte) (int64, error) {
	header := buf[:headerSize]
	if err := readFull(o.file, header, o.read); err != nil {
		return 0, err
	}
	size := int(binary.NativeEndian.Uint32(header))
	if err := readFull(o.file, buf[:size], o.read+headerSize); err != nil {
		return 0, err
	}
	n, err := sock.SendAll(fd, buf[:size], 0)
	if err == nil {
		o.read += headerSize + int64(size)
	}
	return int64(n), err
}

// discard gives back all that the spool has.
func (o *spool) discard(s *server) {
	for _, chunk := range o.chunks {
		s.space.give(cap(chunk) + chunkCost)
	}
	if o.isOpen {
		unix.Close(o.file)
	}
	if o.pipe != nil {
		s.pipes.give(o.pipe)
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

// createUnlinked opens a new file whose name is gone at once.
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
