package eventloop

import (
	"fmt"
	"testing"

	"example.com/berkeley/sock"
)

func newBatch(t *testing.T) *Batch {
	t.Helper()
	b, err := NewBatch(8)
	if err != nil {
		t.Skip("no io_uring here: ", err)
	}
	t.Cleanup(b.Close)
	return b
}

func pair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM|sock.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sock.Close(fds[0])
		sock.Close(fds[1])
	})
	return fds[0], fds[1]
}

func submit(t *testing.T, b *Batch) {
	t.Helper()
	if err := b.Submit(); err != nil {
		t.Fatal(err)
	}
}

// What each socket was sent is in the room of its number.
func TestBatch(t *testing.T) {
	batch := newBatch(t)
	var fds []int
	for i := range BatchSize {
		a, b := pair(t)
		if i != 1 {
			batch.Send(a, fmt.Append(nil, "to ", i), 0)
		}
		fds = append(fds, b)
	}
	submit(t, batch)
	for i, fd := range fds {
		batch.Recv(i, fd)
	}
	submit(t, batch)
	for i := range fds {
		n, err := batch.Result(i)
		if i == 1 {
			if err != sock.EAGAIN {
				t.Errorf("of a silent socket: %d, %v; want EAGAIN", n, err)
			}
		} else if got, want := string(batch.Room(i)[:n]), fmt.Sprint("to ", i); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

// What a ring that failed didn't do is to be tried again, and the ring is not.
func TestBatchFails(t *testing.T) {
	batch := newBatch(t)
	_, b := pair(t)
	batch.Recv(0, b)
	batch.Close()
	if err := batch.Submit(); err == nil {
		t.Fatal("a closed ring made a transfer")
	}
	for range 3 {
		if n, err := batch.Result(0); n != 0 || err != sock.EINTR {
			t.Errorf("Result = %d, %v; want EINTR", n, err)
		}
		if batch.Works() {
			t.Error("the batch is said to work")
		}
		batch.Recv(0, b)
		if err := batch.Submit(); err == nil {
			t.Error("it makes a transfer again")
		}
	}
}

func TestNoBatch(t *testing.T) {
	var none *Batch
	if none.Works() {
		t.Error("none is said to work")
	}
	none.Close()
}
