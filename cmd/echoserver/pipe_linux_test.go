package main

import (
	"bytes"
	"io"
	"log/slog"
	"testing"

	"example.com/berkeley/sock"
)

// pouring is a server and its client, whose other end is the test's.
func pouring(t *testing.T) (s *server, c *client, peer int) {
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
func TestPour(t *testing.T) {
	s, c, peer := pouring(t)
	defer s.finish(c, nil)
	content := bytes.Repeat([]byte("0123456"), 1<<18)
	var got []byte
	buf, sent, poured := make([]byte, recordSize), 0, false
	for len(got) < len(content) {
		n, _ := sock.Send(peer, content[sent:], 0) // EAGAIN when it's the server's turn
		sent += n
		if _, _, err := s.step(c, buf); err != nil && err != sock.EAGAIN {
			t.Fatal(err)
		}
		poured = poured || c.pieces == bulk
		n, _ = sock.Recv(peer, buf, 0)
		got = append(got, buf[:n]...)
	}
	if !poured || !bytes.Equal(got, content) {
		t.Errorf("poured is %t; %d bytes came back, of %d, or others", poured, len(got), len(content))
	}
	if _, _, err := s.step(c, buf); err != sock.EAGAIN || c.owed != nil || len(s.pipes.free) != s.pipes.count {
		t.Errorf("after the bulk: %v, the client holds %v, %d of %d pipes are free", err, c.owed, len(s.pipes.free), s.pipes.count)
	}
}

// A client that goes away while its bytes are in a pipe takes the pipe with it: nobody else gets these bytes.
func TestPourCutOff(t *testing.T) {
	s, c, peer := pouring(t)
	buf := make([]byte, recordSize)
	for c.owed == nil || c.owed.pipe == nil { // until there is no room to send back
		sock.Send(peer, buf, 0)
		if _, _, err := s.step(c, buf); err != nil && err != sock.EAGAIN {
			t.Fatal(err)
		}
	}
	s.finish(c, errIdle)
	if len(s.pipes.free) != 0 || s.pipes.count != 0 {
		t.Errorf("%d of %d pipes are free; want the one with bytes closed", len(s.pipes.free), s.pipes.count)
	}
}

// A client that waits for more holds no pipe.
func TestPourWaitsWithoutPipe(t *testing.T) {
	s, c, _ := pouring(t)
	defer s.finish(c, nil)
	c.pieces = bulk
	if _, done, err := s.step(c, make([]byte, recordSize)); done || err != sock.EAGAIN || len(s.pipes.free) != s.pipes.count {
		t.Errorf("%t, %v, and %d of %d pipes are free; want EAGAIN and all", done, err, len(s.pipes.free), s.pipes.count)
	}
}

// Where pipes have run out bytes are received and sent.
func TestPourWithoutPipes(t *testing.T) {
	s, c, peer := pouring(t)
	defer s.finish(c, nil)
	s.pipes.count = maxPipes
	c.pieces = bulk
	buf := make([]byte, recordSize)
	if _, err := sock.Send(peer, []byte("Hello, world"), 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.step(c, buf); err != nil {
		t.Fatal(err)
	}
	if n, err := sock.Recv(peer, buf, 0); string(buf[:n]) != "Hello, world" || err != nil {
		t.Errorf("%q came back, %v", buf[:n], err)
	}
}
