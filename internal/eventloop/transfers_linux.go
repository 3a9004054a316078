package eventloop

import "example.com/berkeley/sock"

// MaxTransfers is how many transfers are made together.
const MaxTransfers = 32

// maxFailures is how many times in a row io_uring_enter may fail for lack of memory before Transfers give up their ring.
const maxFailures = 100

// Transfers receive from many sockets with one system call, and send to many with another: for small messages, entering
// the kernel is much of the cost. Nil Transfers, or those that have given up their ring, make none. Only one goroutine may
// use them at a time.
type Transfers struct {
	ring     *sock.Ring
	buffers  [][]byte
	failure  error // of the last Submit
	failures int   // in a row
	gone     bool  // whether the ring was given up
}

// NewTransfers makes Transfers that receive up to size bytes from each socket. The error is that of io_uring_setup.
func NewTransfers(size int) (*Transfers, error) {
	ring, err := sock.NewRing(MaxTransfers)
	if err != nil {
		return nil, err
	}
	t := &Transfers{ring: ring}
	stride := size + 64 // one cache line more: otherwise the beginnings of all buffers could compete for the same lines
	memory := make([]byte, MaxTransfers*stride)
	for i := range MaxTransfers {
		t.buffers = append(t.buffers, memory[i*stride:][:size])
	}
	return t, nil
}

// Works reports whether t can make transfers.
func (t *Transfers) Works() bool { return t != nil && !t.gone }

// Buffer is where transfer number i receives.
func (t *Transfers) Buffer(i int) []byte { return t.buffers[i] }

// Recv queues transfer number i, which receives into its Buffer. Queue transfers in the order of their numbers.
func (t *Transfers) Recv(i, fd int) { t.ring.Recv(fd, t.buffers[i], 0) }

// Send queues a transfer that sends p.
func (t *Transfers) Send(fd int, p []byte, flags int) { t.ring.Send(fd, p, flags) }

// Submit makes the transfers. An error is that of io_uring_enter. After a temporary one, such as a lack of memory, the next
// Submit may work. After any other, and after many in a row, t gives up its ring.
func (t *Transfers) Submit() error {
	t.failure = t.ring.Submit()
	switch t.failure {
	case nil:
		t.failures = 0
		return nil
	case sock.EINTR, sock.EAGAIN, sock.EBUSY, sock.ENOMEM:
		t.failures++
		t.gone = t.gone || t.failures >= maxFailures
	default:
		t.gone = true
	}
	if t.gone {
		t.ring.Close()
	}
	return t.failure
}

// Result returns the result of transfer number i. EINTR means that it was not made: make it with a call of its own. EIO
// means that it may have been made: do not make it again.
func (t *Transfers) Result(i int) (n int, err error) {
	n, err = t.ring.Result(i)
	if err != nil && err == t.failure && err != sock.EIO {
		return 0, sock.EINTR
	}
	return n, err
}

// Close closes the ring.
func (t *Transfers) Close() {
	if t != nil {
		t.ring.Close()
	}
}
