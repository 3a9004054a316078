package main

import (
	"bytes"
	"testing"

	"example.com/berkeley/sock"
)

// However fast a client receives its pending bytes, others get their turn.
func TestFlushIsBounded(t *testing.T) {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	for _, memory := range []int64{0, 1 << 30} {
		s := &server{options: &options{message: true}}
		s.space.dir = t.TempDir()
		s.space.memory.left.Store(memory)
		c := &client{fd: int32(fds[0]), listener: &listener{}, ended: true}
		message := bytes.Repeat([]byte("0123456"), 1<<20)
		for rest := message; len(rest) > 0; rest = rest[min(chunkSize, len(rest)):] {
			if err := s.keep(c, rest[:min(chunkSize, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		received := make(chan []byte)
		go func() {
			p := make([]byte, len(message))
			n, _ := sock.RecvFull(fds[1], p)
			received <- p[:n]
		}()
		for turn := 1; ; turn++ {
			done, err := s.flush(c, make([]byte, recordSize))
			if err != nil {
				t.Fatal(err)
			}
			if sent := c.listener.counters.sent.Load(); sent > int64(turn)*(burst+chunkSize) {
				t.Fatalf("sent %d bytes in %d turns, want at most %d", sent, turn, turn*(burst+chunkSize))
			}
			if done {
				break
			}
		}
		if got := <-received; !bytes.Equal(got, message) {
			t.Errorf("received %d bytes, want the %d pending ones", len(got), len(message))
		}
		if left := s.space.memory.left.Load(); left != memory {
			t.Errorf("%d bytes of the memory budget are left, want %d", left, memory)
		}
	}
}
