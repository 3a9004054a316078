package sock

import "math"

// Ring makes many transfers, of any sockets, with one system call: io_uring(7). Recv and Send queue them, Submit makes
// them, Result tells how each went. None waits, as if all had MSG_DONTWAIT and none MSG_WAITALL, and so all are over when
// Submit returns.
// A Ring owns a descriptor and memory until Close. One goroutine at a time may use it.
type Ring struct {
	kernelRing
	transfers []transfer
	submitted bool // whether the next transfer is the first of others
}

// transfer is what a Ring is to do, and what came of it.
type transfer struct {
	p      []byte
	fd     int32
	flags  int32
	op     uint8
	result int32 // a count, or a negative errno
}

// NewRing makes a ring that submits at most entries transfers, or the next power of two, with one call:
// io_uring_setup(2) and two mmap(2), which SetTrace doesn't show. It needs Linux 5.18, and 1 to 32768 entries.
// Expect EINVAL or ENOSYS from older kernels, EPERM or ENOSYS where io_uring is forbidden, as in many containers.
// Close-on-exec is always set.
func NewRing(entries int) (*Ring, error) {
	r := &Ring{}
	if e := r.setup(entries); e != 0 {
		return nil, e
	}
	return r, nil
}

// Recv queues a recv(2). p belongs to the ring until Submit, and so is never on a stack. To queue after Submit begins
// anew, with number 0.
func (r *Ring) Recv(fd int, p []byte, flags int) { r.queue(ringRecv, fd, p, flags) }

// Send queues a send(2). Of p and of numbers it is as for Recv.
func (r *Ring) Send(fd int, p []byte, flags int) { r.queue(ringSend, fd, p, flags) }

func (r *Ring) queue(op uint8, fd int, p []byte, flags int) {
	if r.submitted {
		r.transfers, r.submitted = r.transfers[:0], false
	}
	// Beside MSG_DONTWAIT, MSG_WAITALL means nothing, but with it io_uring before Linux 6.1 loses the count of what is short.
	f := cInt(flags)&^MSG_WAITALL | MSG_DONTWAIT
	r.transfers = append(r.transfers, transfer{op: op, fd: cInt(fd), p: p, flags: f})
}

// Submit makes the queued transfers, in their order: io_uring_enter(2), once for each NewRing's entries of them. An error
// is that of the call itself, and the result of all transfers that were not made. After EINTR, EAGAIN, EBUSY and ENOMEM the
// ring still works: queue these transfers again.
//
// EIO means that the kernel took transfers and doesn't tell their results. That is their result then: they may have been
// made. The ring is closed, and doesn't give their buffers back: don't use these again.
func (r *Ring) Submit() error {
	if r.submitted {
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

// Result is how transfer number i went, as of recv(2) or send(2): EAGAIN where it would have had to wait. It is EINVAL
// for a number that was not submitted.
func (r *Ring) Result(i int) (n int, err error) {
	if !r.submitted || i < 0 || i >= len(r.transfers) {
		return 0, EINVAL
	}
	if n := r.transfers[i].result; n < 0 {
		return 0, Errno(-n)
	}
	return int(r.transfers[i].result), nil
}

// Close gives up the ring, once: close(2) and two munmap(2). What comes after it is EBADF.
func (r *Ring) Close() error { return result(r.close()) }

// longestTransfer is what the kernel moves at most with one call: MAX_RW_COUNT.
const longestTransfer = math.MaxInt32 &^ 4095
