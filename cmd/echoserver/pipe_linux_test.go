package main

import (
	"bytes"
	"io"
	"log/slog"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

// splicing is a server and its client, whose other end is the test's.
func splicing(t *testing.T) (s *server, c *client, peer int) {
	t.Helper()
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close(fds[1]) })
	s = &server{options: &options{buffer: bulkSize}, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	return s, &client{fd: int32(fds[0]), listener: &listener{Endpoint: sock.Endpoint{Type: sock.SOCK_STREAM}}}, fds[1]
}

// Bulk comes back whole through a pipe, and a client that is silent again holds none.
func TestSplice(t *testing.T) {
	s, c, peer := splicing(t)
	defer s.finish(c, nil)
	content := bytes.Repeat([]byte("0123456"), 1<<18)
	var got []byte
	buf, sent, spliced := make([]byte, recordSize), 0, false
	for len(got) < len(content) {
		n, _ := sock.Send(peer, content[sent:], 0) // EAGAIN when it's the server's turn
		sent += n
		if _, err := s.step(c, buf); err != nil && err != sock.EAGAIN {
			t.Fatal(err)
		}
		spliced = spliced || c.pieces == bulk
		n, _ = sock.Recv(peer, buf, 0)
		got = append(got, buf[:n]...)
	}
	if !spliced || !bytes.Equal(got, content) {
		t.Errorf("spliced = %t, want true; received %d bytes, want the %d bytes sent", spliced, len(got), len(content))
	}
	if _, err := s.step(c, buf); err != sock.EAGAIN || c.pending != nil || len(s.pipes.free) != s.pipes.count {
		t.Errorf("step after the bulk: %v, the client holds %v, %d of %d pipes are free; want EAGAIN, nothing held, all free", err, c.pending, len(s.pipes.free), s.pipes.count)
	}
}

// A client that goes away while its bytes are in a pipe takes the pipe with it: no other client gets these bytes.
func TestSpliceCutOff(t *testing.T) {
	s, c, peer := splicing(t)
	buf := make([]byte, recordSize)
	for c.pending == nil || c.pending.pipe == nil { // until the socket accepts no more
		sock.Send(peer, buf, 0)
		if _, err := s.step(c, buf); err != nil && err != sock.EAGAIN {
			t.Fatal(err)
		}
	}
	s.finish(c, errIdle)
	if len(s.pipes.free) != 0 || s.pipes.count != 0 {
		t.Errorf("%d of %d pipes are free; want 0 of 0, the pipe that held bytes closed", len(s.pipes.free), s.pipes.count)
	}
}

// Linux gives a pipe the size that is asked for, rounded up to a power of two, unless the user has too many pipes.
func TestPipeSize(t *testing.T) {
	s, c, _ := splicing(t)
	defer s.finish(c, nil)
	p := s.pipes.take()
	if p == nil {
		t.Fatal("no pipe")
	}
	defer s.pipes.give(p, 0)
	size, err := unix.FcntlInt(uintptr(p.r), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	if size == bulkSize {
		if got, err := unix.FcntlInt(uintptr(p.r), unix.F_SETPIPE_SZ, pipeSize-1); err != nil || got < pipeSize {
			t.Skipf("pipes keep their size here: F_SETPIPE_SZ = %d, %v", got, err)
		}
	}
	if size != pipeSize {
		t.Errorf("a pipe has %d bytes, want %d", size, pipeSize)
	}
}

// A client that waits for more holds no pipe.
func TestSpliceWaitsWithoutPipe(t *testing.T) {
	s, c, _ := splicing(t)
	defer s.finish(c, nil)
	c.pieces = bulk
	if done, err := s.step(c, make([]byte, recordSize)); done || err != sock.EAGAIN || len(s.pipes.free) != s.pipes.count {
		t.Errorf("step = %t, %v, and %d of %d pipes are free; want EAGAIN, all free", done, err, len(s.pipes.free), s.pipes.count)
	}
}

// Where pipes have run out bytes are received and sent.
func TestSpliceWithoutPipes(t *testing.T) {
	s, c, peer := splicing(t)
	defer s.finish(c, nil)
	s.pipes.count = maxPipes
	c.pieces = bulk
	buf := make([]byte, recordSize)
	if _, err := sock.Send(peer, []byte("Hello, world"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.step(c, buf); err != nil {
		t.Fatal(err)
	}
	if n, err := sock.Recv(peer, buf, 0); string(buf[:n]) != "Hello, world" || err != nil {
		t.Errorf("Recv = %q, %v; want \"Hello, world\"", buf[:n], err)
	}
}
