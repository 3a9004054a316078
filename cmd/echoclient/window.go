//go:build unix

package main

import (
	"fmt"
	"os"
	"sync"
)

// windowMemory is how much of a window is kept in memory.
const windowMemory = 4 << 20

// window holds what was sent and isn't back yet, in order: the oldest in memory, and in a file without a name what
// memory doesn't hold. Any goroutine may use it.
type window struct {
	mu       sync.Mutex
	memory   []byte // begins at head
	head     int
	file     *os.File
	from, to int64 // what of the file is in use
}

// push adds p at the young end.
func (w *window) push(p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.from == w.to && len(w.memory)-w.head+len(p) <= windowMemory {
		if w.head > windowMemory/2 {
			w.memory = w.memory[:copy(w.memory, w.memory[w.head:])]
			w.head = 0
		}
		w.memory = append(w.memory, p...)
		return nil
	}
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	if _, err := w.file.WriteAt(p, w.to); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	w.to += int64(len(p))
	return nil
}

func (w *window) create() error {
	file, err := os.CreateTemp("", "echoclient")
	if err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	os.Remove(file.Name())
	w.file = file
	return nil
}

// match takes bytes off the old end as long as they are those of p, and tells how many.
func (w *window) match(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n < len(p) {
		if w.head == len(w.memory) {
			if err := w.refill(); err != nil {
				return n, err
			}
		}
		old := w.memory[w.head:min(len(w.memory), w.head+len(p)-n)]
		same := common(old, p[n:])
		w.head += same
		n += same
		if same < len(old) || same == 0 {
			return n, nil
		}
	}
	return n, nil
}

// refill takes the next bytes from the file into memory, which is empty.
func (w *window) refill() error {
	w.memory, w.head = w.memory[:0], 0
	if w.from == w.to {
		return nil
	}
	n := min(w.to-w.from, windowMemory/2)
	w.memory = append(w.memory, make([]byte, n)...)
	if _, err := w.file.ReadAt(w.memory, w.from); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	w.from += n
	if w.from < w.to {
		return nil
	}
	w.from, w.to = 0, 0
	if err := w.file.Truncate(0); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	return nil
}

func (w *window) size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.memory)-w.head) + w.to - w.from
}

func (w *window) empty() bool { return w.size() == 0 }

func (w *window) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		w.file.Close()
	}
}
