//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
)

// push pushes p in pieces, as a conversation does.
func push(t testing.TB, w *window, p []byte) {
	t.Helper()
	for len(p) > 0 {
		n := min(streamSize, len(p))
		check(t, w.push(p[:n]))
		p = p[n:]
	}
}

// match checks that the window continues with p.
func match(t testing.TB, w *window, p []byte) {
	t.Helper()
	if n, err := w.match(p); n != len(p) || err != nil {
		t.Fatalf("match() = %d, %v; want all %d", n, err, len(p))
	}
}

func TestWindowLikeABuffer(t *testing.T) {
	t.Parallel()
	var w window
	defer w.close()
	var model bytes.Buffer
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := random(1 << 20)
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	for round := range rounds {
		// Every other round empties the window.
		low, high := rnd.IntN(windowMemory)*(round%2), rnd.IntN(3*windowMemory)
		for pushing := true; pushing || model.Len() > low; {
			pushing = pushing && model.Len() < high
			if pushing && rnd.IntN(4) > 0 {
				at := rnd.IntN(len(noise))
				p := noise[at:min(len(noise), at+rnd.IntN(2*streamSize))]
				check(t, w.push(p))
				model.Write(p)
			} else {
				match(t, &w, model.Next(rnd.IntN(2*streamSize)))
			}
			if w.size() != int64(model.Len()) || w.empty() != (model.Len() == 0) {
				t.Fatalf("size() = %d, empty() = %t; want %d", w.size(), w.empty(), model.Len())
			}
			if held := (len(w.chunks) + len(w.spare)) * streamSize; held > windowMemory+3*streamSize {
				t.Fatalf("%d bytes in memory, want at most %d", held, windowMemory+3*streamSize)
			}
		}
	}
	if w.file == nil {
		t.Error("the window never used a file")
	}
}

func TestWindowDiffers(t *testing.T) {
	t.Parallel()
	p := random(2*windowMemory + 1)
	for _, at := range []int{
		0, 1, streamSize - 1, streamSize,
		windowMemory - 1, windowMemory, // where the file begins
		windowMemory*3/2 - 1, windowMemory * 3 / 2, // where the file's second half does
		len(p) - 1,
	} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			var w window
			defer w.close()
			push(t, &w, p)
			wrong := bytes.Clone(p)
			wrong[at] ^= 0x80
			if n, err := w.match(wrong); n != at || err != nil {
				t.Errorf("match() = %d, %v; want %d", n, err, at)
			}
			if left := int64(len(p) - at); w.size() != left {
				t.Errorf("size() = %d, want %d", w.size(), left)
			}
		})
	}
}

func TestWindowEndsEarly(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, streamSize, windowMemory + 1} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var w window
			defer w.close()
			p := random(size)
			push(t, &w, p)
			if n, err := w.match(append(p, 'x')); n != size || err != nil || !w.empty() {
				t.Errorf("match() = %d, %v, empty() = %t; want %d and an empty window", n, err, w.empty(), size)
			}
		})
	}
}

func TestWindowEmpty(t *testing.T) {
	var w window
	defer w.close()
	check(t, w.push(nil))
	match(t, &w, nil)
	if n, err := w.match([]byte("x")); n != 0 || err != nil {
		t.Errorf("match() = %d, %v; want 0", n, err)
	}
	if !w.empty() || w.file != nil {
		t.Errorf("empty() = %t, file = %v; want true and no file", w.empty(), w.file)
	}
}

func TestWindowFileIsReused(t *testing.T) {
	t.Parallel()
	var w window
	defer w.close()
	p := random(3 * windowMemory)
	push(t, &w, p)
	match(t, &w, p)
	first := w.file
	info, err := first.Stat()
	check(t, err)
	if info.Size() != 0 {
		t.Errorf("the file of an empty window has %d bytes, want 0", info.Size())
	}
	push(t, &w, p)
	match(t, &w, p)
	if w.file != first {
		t.Error("the window has a new file, want the first one again")
	}
}

func TestWindowBothWaysAtOnce(t *testing.T) {
	t.Parallel()
	var w window
	defer w.close()
	p := random(16 * streamSize)
	pushed := make(chan []byte, 2*windowMemory/streamSize)
	go func() {
		defer close(pushed)
		for i := range 4 * cap(pushed) {
			at := i * streamSize % len(p)
			piece := p[at : at+streamSize]
			if err := w.push(piece); err != nil {
				t.Error(err)
				return
			}
			pushed <- piece
		}
	}()
	for piece := range pushed {
		if n, err := w.match(piece); n != len(piece) || err != nil {
			t.Errorf("match() = %d, %v; want %d", n, err, len(piece))
		}
	}
}

func TestWindowWithoutTemporaryFiles(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	var w window
	check(t, w.push(make([]byte, windowMemory)))
	if err := w.push([]byte("x")); err == nil || !strings.HasPrefix(err.Error(), "temporary file: ") {
		t.Errorf("push() = %v, want an error that mentions the temporary file", err)
	}
}

// A long path always has more in flight than memory holds, so bytes that have come back must not stay on the disk.
func TestWindowFileStaysSmall(t *testing.T) {
	t.Parallel()
	var w window
	defer w.close()
	p := random(streamSize)
	for i := range 128 << 20 / len(p) {
		check(t, w.push(p))
		if i*len(p) >= 2*windowMemory {
			match(t, &w, p)
		}
	}
	info, err := w.file.Stat()
	check(t, err)
	if used := info.Sys().(*syscall.Stat_t).Blocks * 512; used > 8*windowMemory {
		t.Errorf("the file uses %d bytes for a window of %d, want at most %d", used, w.size(), 8*windowMemory)
	}
}
