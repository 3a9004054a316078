package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

// newSpace returns the spool space of a server that may use 64 MiB of disk, and no memory.
func newSpace(t *testing.T) (*server, *spoolSpace) {
	t.Helper()
	s := &server{}
	o := &options{message: true, spoolDir: t.TempDir(), spoolDisk: 64 << 20, maxMessage: 1 << 30}
	s.space.prepare(o, slog.New(slog.DiscardHandler))
	if err := s.space.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(s.space.shared) })
	return s, &s.space
}

// If descriptors are short, clients share a file, and each gets back its own bytes.
func TestRegions(t *testing.T) {
	s, space := newSpace(t)
	spools := make([]*spool, 3)
	content := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 100_000) }
	for i := range spools {
		spools[i] = &spool{}
		for _, part := range [][]byte{content(i)[:30_000], content(i)[30_000:]} {
			if err := spools[i].add(space, part, true); err != nil {
				t.Fatal(err)
			}
		}
		if spools[i].file.own || spools[i].file.fd != space.shared {
			t.Errorf("client %d has its own file, want a shared one", i)
		}
	}
	spools[1].discard(s)
	spools[1] = &spool{}
	if err := spools[1].add(space, content(1), true); err != nil {
		t.Fatal(err)
	}
	if space.next != len(spools) {
		t.Errorf("%d regions for %d clients, want one each", space.next, len(spools))
	}
	for i, o := range spools {
		if got := sendAll(t, o, space); !bytes.Equal(got, content(i)) {
			t.Errorf("client %d: got %d bytes that are not its own %d", i, len(got), len(content(i)))
		}
	}
}

// sendAll sends all bytes of a spool, and returns those that arrive.
func sendAll(t *testing.T, o *spool, space *spoolSpace) []byte {
	t.Helper()
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fds[0])
	received := make(chan []byte)
	go func() {
		p, _ := sock.RecvAll(fds[1], 1<<30)
		sock.Close(fds[1])
		received <- p
	}()
	buf := make([]byte, recordSize)
	for !o.empty() {
		if _, err := o.send(space, fds[0], buf, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := sock.Shutdown(fds[0], sock.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	return <-received
}

// A region that was given back uses no disk space.
func TestRegionsAreFreed(t *testing.T) {
	s, space := newSpace(t)
	if err := unix.Fallocate(space.shared, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, blockSize); err != nil {
		t.Skipf("the file system cannot free part of a file: %v", err)
	}
	o := &spool{}
	if err := o.add(space, make([]byte, 1<<20), true); err != nil {
		t.Fatal(err)
	}
	o.discard(s)
	var stat unix.Stat_t
	if err := unix.Fstat(space.shared, &stat); err != nil || stat.Blocks != 0 {
		t.Errorf("%d blocks are in use, %v; want 0", stat.Blocks, err)
	}
}

// A client gets its own file while at most maxFiles clients have one.
func TestOwnFiles(t *testing.T) {
	_, space := newSpace(t)
	space.files.Store(int64(maxFiles) - 1)
	for _, own := range []bool{true, false} {
		f, err := space.place(false)
		if err != nil || f.own != own {
			t.Errorf("the client has its own file = %t, %v; want %t", f.own, err, own)
		}
		defer space.takeBack(f, 0)
	}
}

// Where memory is limited, no more than a window is written before the disk has it, and an error of the disk is the client's.
func TestWriteWindow(t *testing.T) {
	_, space := newSpace(t)
	space.window = 100_000
	o := &spool{}
	for range 7 {
		if err := o.add(space, make([]byte, 30_000), false); err != nil {
			t.Fatal(err)
		}
		if n := space.unsettled.Load(); n >= space.window {
			t.Errorf("%d bytes wait for the disk, want less than %d", n, space.window)
		}
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	if err := space.wrote(pipe[1], 100_000); !errors.Is(err, unix.ESPIPE) || !strings.HasPrefix(err.Error(), "sync_file_range ") {
		t.Errorf("wrote to a pipe: %v, want ESPIPE of sync_file_range", err)
	}
}
