//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"example.com/berkeley/internal/callerr"
)

// windowMemory is how much of a window is kept in memory: more than the buffers at both ends of a TCP connection, so that
// no file is needed for a server that answers as it receives.
const windowMemory = 24 << 20

// window holds the bytes that were sent and haven't come back, in order: the oldest in memory, and the rest in an unlinked
// file. Any goroutine may use it.
type window struct {
	mu       sync.Mutex
	chunks   [][]byte // of streamSize, the oldest first
	head     int      // how much of the first has come back
	memory   int      // how many bytes are in memory
	spare    [][]byte // chunks to use again
	file     *os.File
	from, to int64 // the part of the file in use
}

// push appends p.
func (w *window) push(p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.from == w.to && w.memory+len(p) <= windowMemory {
		w.keep(p)
		return nil
	}
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	if err := w.compact(); err != nil {
		return err
	}
	if _, err := w.file.WriteAt(p, w.to); err != nil {
		return temporaryFile(err)
	}
	w.to += int64(len(p))
	return nil
}

// keep appends a copy of p to the bytes in memory.
func (w *window) keep(p []byte) {
	w.memory += len(p)
	for len(p) > 0 {
		last := len(w.chunks) - 1
		if last < 0 || len(w.chunks[last]) == streamSize {
			w.chunks = append(w.chunks, w.chunk())
			last++
		}
		n := min(len(p), streamSize-len(w.chunks[last]))
		w.chunks[last] = append(w.chunks[last], p[:n]...)
		p = p[n:]
	}
}

// chunk returns an empty chunk.
func (w *window) chunk() []byte {
	last := len(w.spare) - 1
	if last < 0 {
		return make([]byte, 0, streamSize)
	}
	chunk := w.spare[last]
	w.spare = w.spare[:last]
	return chunk
}

func (w *window) create() error {
	file, err := os.CreateTemp("", "echoclient")
	if err != nil {
		return temporaryFile(err)
	}
	os.Remove(file.Name())
	w.file = file
	return nil
}

// match removes the oldest bytes as far as they equal p, and returns how many it removed.
func (w *window) match(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n < len(p) {
		if err := w.refill(); err != nil {
			return n, err
		}
		if w.memory == 0 {
			return n, nil
		}
		oldest := w.chunks[0][w.head:]
		same := common(oldest, p[n:])
		n += same
		w.head += same
		w.memory -= same
		if same < len(oldest) {
			return n, nil
		}
		w.spare = append(w.spare, w.chunks[0][:0])
		w.chunks, w.head = w.chunks[1:], 0
	}
	return n, nil
}

// refill reads the next bytes from the file, if none are in memory.
func (w *window) refill() error {
	if w.memory > 0 || w.from == w.to {
		return nil
	}
	p := w.chunk()[:min(w.to-w.from, streamSize)]
	if _, err := w.file.ReadAt(p, w.from); err != nil {
		return temporaryFile(err)
	}
	w.keep(p)
	w.spare = append(w.spare, p[:0])
	w.from += int64(len(p))
	if w.from < w.to {
		return nil
	}
	return w.truncate(0)
}

// compact moves the used part of the file to its beginning once the rest is larger. So each byte is moved at most once on
// average, and the file is at most twice as long as the window was.
func (w *window) compact() error {
	if w.from < max(w.to-w.from, windowMemory) {
		return nil
	}
	moved, err := io.Copy(io.NewOffsetWriter(w.file, 0), io.NewSectionReader(w.file, w.from, w.to-w.from))
	if err != nil {
		return temporaryFile(err)
	}
	return w.truncate(moved)
}

// truncate cuts the file to the used part at its beginning.
func (w *window) truncate(length int64) error {
	w.from, w.to = 0, length
	if err := w.file.Truncate(length); err != nil {
		return temporaryFile(err)
	}
	return nil
}

func (w *window) size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(w.memory) + w.to - w.from
}

func (w *window) empty() bool { return w.size() == 0 }

func (w *window) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		w.file.Close()
	}
}

func temporaryFile(err error) error { return fmt.Errorf("temporary file: %w", callerr.OnFile(err)) }
