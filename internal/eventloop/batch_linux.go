package eventloop

import "example.com/berkeley/sock"

// BatchSize is how many transfers a Batch makes together.
const BatchSize = 32

// mostFailures is how many times in a row io_uring_enter may fail for want of memory before a Batch gives up its ring.
const mostFailures = 100

// Batch receives from many sockets with one system call, and sends to many with another: for small messages, the ways
// into the kernel and back are much of what they cost. A nil Batch, or one that has given up its ring, makes no transfers.
// One goroutine uses it.
type Batch struct {
	ring     *sock.Ring
	buffers  [][]byte
	failure  error // of the last Submit
	failures int   // in a row
	gone     bool  // whether the ring was given up
}

// NewBatch makes a batch that receives up to size bytes from each socket. The error is that of io_uring_setup, where there is
// none.
func NewBatch(size int) (*Batch, error) {
	ring, err := sock.NewRing(BatchSize)
	if err != nil {
		return nil, err
	}
	b := &Batch{ring: ring}
	stride := size + 64 // a line of the processor's cache more: the beginnings of all would compete for the same few
	memory := make([]byte, BatchSize*stride)
	for i := range BatchSize {
		b.buffers = append(b.buffers, memory[i*stride:][:size])
	}
	return b, nil
}

// Works tells whether the batch can make transfers.
func (b *Batch) Works() bool { return b != nil && !b.gone }

// Room is where transfer number i receives.
func (b *Batch) Room(i int) []byte { return b.buffers[i] }

// Recv queues transfer number i, which receives into its Room. They come in the order of their numbers.
func (b *Batch) Recv(i, fd int) { b.ring.Recv(fd, b.buffers[i], 0) }

// Send queues a transfer that sends p.
func (b *Batch) Send(fd int, p []byte, flags int) { b.ring.Send(fd, p, flags) }

// Submit makes the transfers. An error is that of io_uring_enter. If it passes, as want of memory does, the next Submit may
// work; after other errors, and after many in a row, the ring is given up.
func (b *Batch) Submit() error {
	b.failure = b.ring.Submit()
	switch b.failure {
	case nil:
		b.failures = 0
		return nil
	case sock.EINTR, sock.EAGAIN, sock.EBUSY, sock.ENOMEM:
		b.failures++
		b.gone = b.gone || b.failures >= mostFailures
	default:
		b.gone = true
	}
	if b.gone {
		b.ring.Close()
	}
	return b.failure
}

// Result is how transfer number i went. EINTR means that it was not made, and is to be made by a call of its own; EIO that it
// may have been made, and must not be made again.
func (b *Batch) Result(i int) (n int, err error) {
	n, err = b.ring.Result(i)
	if err != nil && err == b.failure && err != sock.EIO {
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
