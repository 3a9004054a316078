package sock

import (
	"errors"
	"math"
	"syscall"
)

// relaySize is the capacity of a new pipe, and so the most that is in transit at once.
const relaySize = 64 << 10

// SendfileAll sends count bytes of the file in, starting at offset, with as many calls of sendfile(2) as needed; it
// retries after EINTR. Where sendfile does not work, it uses pread(2) and write(2). The position of the file does not
// change. If the file ends first, n is less than count and the error is nil, so math.MaxInt64 sends all of it. On
// EAGAIN, from a non-blocking socket or SO_SNDTIMEO, continue at offset+n. A count of 0 is one call.
func SendfileAll(out, in int, offset, count int64) (n int64, err error) {
	if count < 0 {
		return 0, EINVAL
	}
	for {
		at := offset + n
		m, err := confirm(func() (int, error) { return Sendfile(out, in, &at, int(min(count-n, math.MaxInt32))) })
		n += int64(m)
		switch {
		case err == EINTR:
		case err == errUnavailable:
			rest, err := copyAll(out, count-n, func(p []byte, done int64) (int, syscall.Errno) {
				return pread(in, p, offset+n+done)
			})
			return n + rest, err
		case err != nil || m == 0 || n == count:
			return n, err
		}
	}
}

// Relay copies from one blocking descriptor to another until the stream of src ends, with splice(2) through a pipe;
// it retries after EINTR. Where splice does not work, or descriptors ran out, it uses read(2) and write(2). It shuts
// nothing down.
//
// n is the number of bytes that arrived at dst. After an error of src, such as EAGAIN of SO_RCVTIMEO, nothing is
// lost: call it again to continue. After an error of dst, up to 64 KiB more than n were taken from src, and are lost.
func Relay(dst, src int) (n int64, err error) {
	r, w, e := pipe2(0)
	if e != 0 {
		return relayByCopy(dst, src)
	}
	defer closefd(r)
	defer closefd(w)
	for {
		held, err := confirm(func() (int, error) { return Splice(src, nil, w, nil, relaySize, 0) })
		if err == EINTR {
			continue
		}
		if err == errUnavailable || err == nil && held == 0 {
			// Neither means that the stream has ended: splice(2) also stops before an urgent byte.
			rest, err := relayByCopy(dst, src)
			return n + rest, err
		}
		if err != nil {
			return n, err
		}
		m, err := empty(dst, r, int64(held))
		n += m
		if err != nil {
			return n, err
		}
	}
}

// empty moves the bytes held in a pipe to dst; it retries after EINTR.
func empty(dst, pipe int, held int64) (n int64, err error) {
	for n < held {
		m, err := confirm(func() (int, error) { return Splice(pipe, nil, dst, nil, int(held-n), 0) })
		n += int64(m)
		switch {
		case err == EINTR:
		case err == errUnavailable:
			rest, err := copyAll(dst, held-n, func(p []byte, _ int64) (int, syscall.Errno) { return read(pipe, p) })
			return n + rest, err
		case err != nil:
			return n, err
		case m == 0:
			return n, EIO // the pipe lost bytes, or the kernel takes none and reports no error
		}
	}
	return n, nil
}

func relayByCopy(dst, src int) (n int64, err error) {
	return copyAll(dst, math.MaxInt64, func(p []byte, _ int64) (int, syscall.Errno) { return read(src, p) })
}

// copyAll writes to dst the bytes that read returns, at most limit, until it returns none.
// done bytes were copied before.
func copyAll(dst int, limit int64, read func(p []byte, done int64) (int, syscall.Errno)) (n int64, err error) {
	p := make([]byte, min(limit, relaySize))
	for n < limit {
		m, e := read(p[:min(limit-n, relaySize)], n)
		if e == EINTR {
			continue
		}
		if e != 0 || m == 0 {
			return n, result(e)
		}
		raceReceived(p, m)
		m, err = writeAll(dst, p[:m])
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func writeAll(fd int, p []byte) (n int, err error) {
	raceRelease()
	raceRead(p)
	for n < len(p) {
		m, e := write(fd, p[n:])
		switch {
		case e == EINTR:
		case e != 0:
			return n, e
		case m == 0:
			return n, EIO
		}
		n += m
	}
	return n, nil
}

// errUnavailable is the error of a call whose work another call has to do.
var errUnavailable = errors.New("sock: call unavailable")

// confirm makes a call that moves bytes, and returns errUnavailable if the call is not available. The errnos that say so
// may also be the connection's own error, which the kernel reports only once: the next call finds the end of the stream.
// So an errno counts when the call repeats it. If the connection goes on all the same, the error is dropped, and on a
// blocking socket the repeated call waits.
func confirm(call func() (int, error)) (n int, err error) {
	if n, err = call(); !isUnavailable(err) {
		return n, err
	}
	n, again := Retry(call)
	switch {
	case again == err:
		return 0, errUnavailable
	case n > 0:
		return n, nil
	}
	return 0, err
}
