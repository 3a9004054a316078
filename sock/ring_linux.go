package sock

import "math"

// Ring makes many transfers, on any sockets, with one system call: io_uring(7). Recv and Send queue them, Submit
// makes them, and Result returns the result of each. None waits, as if all had MSG_DONTWAIT and none MSG_WAITALL, so
// all are complete when Submit returns. A Ring owns a descriptor and memory until Close. Only one goroutine may use
// it at a time. Ring is experimental: its methods may change.
type Ring struct {
	kernelRing
	transfers []transfer
	submitted bool // whether the next transfer starts a new batch
}

// transfer is a queued transfer and its result.
type transfer struct {
	p      []byte
	fd     int32
	flags  int32
	op     uint8
	result int32 // a count, or a negative errno
}

// NewRing makes a ring that submits at most entries transfers, rounded up to a power of two, with one call:
// io_uring_setup(2) and two mmap(2), which SetTrace does not show. It needs Linux 5.18; entries is 1 to 32768. Expect
// EINVAL or ENOSYS from older kernels, and EPERM or ENOSYS where io_uring is forbidden, as in many containers.
// Close-on-exec is always set.
func NewRing(entries int) (*Ring, error) {
	r := &Ring{}
	if e := r.setup(entries); e != 0 {
		return nil, e
	}
	return r, nil
}

// Recv queues a recv(2). The ring owns p until Submit, so p escapes to the heap. The first Recv or Send after Submit
// starts a new batch at index 0.
func (r *Ring) Recv(fd int, p []byte, flags int) { r.queue(ringRecv, fd, p, flags) }

// Send queues a send(2), as Recv queues a receive.
func (r *Ring) Send(fd int, p []byte, flags int) { r.queue(ringSend, fd, p, flags) }

func (r *Ring) queue(op uint8, fd int, p []byte, flags int) {
	if r.submitted {
		r.transfers, r.submitted = r.transfers[:0], false
	}
	// MSG_WAITALL has no effect with MSG_DONTWAIT, except that io_uring before Linux 6.1 then loses
	// the count of a short transfer.
	f := cInt(flags)&^MSG_WAITALL | MSG_DONTWAIT
	r.transfers = append(r.transfers, transfer{op: op, fd: cInt(fd), p: p, flags: f})
}

// Submit makes the queued transfers in order: io_uring_enter(2), once for every batch of the size given to NewRing.
// An error is that of the call itself, and it is the result of all transfers that were not made. After EINTR, EAGAIN,
// EBUSY and ENOMEM the ring still works: queue these transfers again.
//
// EIO means that the kernel took transfers and does not report their results. It is then the result of those
// transfers, which may have been made. The ring is closed, and keeps their buffers: do not use these again.
func (r *Ring) Submit() error {
	switch {
	case len(r.sqes) == 0 && (r.submitted || len(r.transfers) == 0): // closed, and nothing new to report
		return EBADF
	case r.submitted:
		return nil
	}
	r.submitted = true
	for rest := r.transfers; len(rest) > 0; {
		n, e := r.submit(rest[:min(len(rest), len(r.sqes))])
		rest = rest[n:]
		if e != 0 {
			for i := range rest {
				rest[i].result, rest[i].p = -int32(e), nil
			}
			return e
		}
	}
	return nil
}

// Result returns the result of transfer number i, as recv(2) or send(2) would: EAGAIN if it would have had to wait.
// It is EINVAL for a number that was not submitted.
func (r *Ring) Result(i int) (n int, err error) {
	if !r.submitted || i < 0 || i >= len(r.transfers) {
		return 0, EINVAL
	}
	if n := r.transfers[i].result; n < 0 {
		return 0, Errno(-n)
	}
	return int(r.transfers[i].result), nil
}

// Close closes the ring: close(2) and two munmap(2). Later calls of Submit and Close return EBADF.
func (r *Ring) Close() error { return result(r.close()) }

// longestTransfer is the most that the kernel moves with one call: MAX_RW_COUNT.
const longestTransfer = math.MaxInt32 &^ 4095
