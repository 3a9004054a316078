package sock_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	. "example.com/berkeley/sock"
)

// A file is sent in one turn: calls that send meanwhile follow it.
func TestFileIsSentInOneTurn(t *testing.T) {
	a, b := connPair(t, SOCK_STREAM)
	file, err := os.CreateTemp(t.TempDir(), "file")
	check(t, err)
	defer file.Close()
	const size, writers = 32 << 20, 50 // more than the buffers hold, so that it takes many steps
	check(t, file.Truncate(size))
	copied := waiting(t, func() error { _, err := a.ReadFrom(file); return err })
	written := make(chan error, writers)
	for range writers {
		go func() { _, err := a.Write([]byte("x")); written <- err }()
	}
	got := make([]byte, size+writers)
	if _, err := io.ReadFull(b, got); err != nil || bytes.IndexByte(got, 'x') != size {
		t.Errorf("the first byte of a Write came after %d bytes, %v, want %d", bytes.IndexByte(got, 'x'), err, size)
	}
	check(t, <-copied)
	for range writers {
		check(t, <-written)
	}
}
