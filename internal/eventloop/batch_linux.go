package eventloop

import "example.com/berkeley/sock"

// BatchSize is how many sockets a Batch has room for.
const BatchSize = 32

// Batch receives from many sockets with one system call, and sends to many with another: for small messages, the ways
// into the kernel and back are much of what they cost. Nil, or after its ring has failed, it is none that can be used.
// One goroutine uses it.
type Batch struct {
	ring    *sock.Ring
	rooms   [][]byte
	failure error
}

// NewBatch makes one with rooms of size bytes for what is received. The error is that of io_uring_setup, where there is none.
func NewBatch(size int) (*Batch, error) {
	ring, err := sock.NewRing(BatchSize)
	if err != nil {
		return nil, err
	}
	b := &Batch{ring: ring}
	stride := size + 64 // a line of the processor's cache more: the beginnings of all would compete for the same few
	memory := make([]byte, BatchSize*stride)
	for i := range BatchSize {
		b.rooms = append(b.rooms, memory[i*stride:][:size])
	}
	return b, nil
}

// Works tells whether it can be used.
func (b *Batch) Works() bool { return b != nil && b.failure == nil }

// Room is where transfer number i receives.
func (b *Batch) Room(i int) []byte { return b.rooms[i] }

// Recv queues transfer number i, which receives into its room. They come in the order of their numbers.
func (b *Batch) Recv(i, fd int) { b.ring.Recv(fd, b.rooms[i], 0) }

// Send queues a transfer that sends p.
func (b *Batch) Send(fd int, p []byte, flags int) { b.ring.Send(fd, p, flags) }

// Submit makes the transfers. An error is that of io_uring_enter: the ring is given up, and makes no more of them.
func (b *Batch) Submit() error {
	err := b.ring.Submit()
	if err != nil {
		b.failure = err
		b.ring.Close()
	}
	return err
}

// Result is how transfer number i went: EINTR for one that was not made, and is to be made again by a call of its own.
func (b *Batch) Result(i int) (n int, err error) {
	n, err = b.ring.Result(i)
	if err != nil && err == b.failure {
		return 0, sock.EINTR
	}
	return n, err
}

// Close gives up the ring.
func (b *Batch) Close() {
	if b != nil {
		b.ring.Close()
	}
}
