package sock

import (
	"math"
	"syscall"
)

// relaySize is how much is on its way at once: what a new pipe holds.
const relaySize = 64 << 10

// SendfileAll sends count bytes of the file in, from an offset, with as many calls of sendfile(2) as it takes, again after
// EINTR; where sendfile can't do it, with pread(2) and write(2). The file's own position stays.
// n is how much went out. It is less than count with a nil error where the file ended first; math.MaxInt64 is all of it.
// On EAGAIN, from a non-blocking socket or SO_SNDTIMEO, go on at offset+n. A count of 0 is one call.
func SendfileAll(out, in int, offset, count int64) (n int64, err error) {
	if count < 0 {
		return 0, EINVAL
	}
	for {
		at := offset + n
		m, err := Sendfile(out, in, &at, int(min(count-n, math.MaxInt32)))
		n += int64(m)
		switch {
		case err == EINTR:
		case isImpossible(err):
			rest, err := copyAll(out, count-n, func(p []byte, done int64) (int, syscall.Errno) {
				return pread(in, p, offset+n+done)
			})
			return n + rest, err
		case err != nil || m == 0 || n == count:
			return n, err
		}
	}
}

// Relay copies from one blocking descriptor to another to the end of src's stream, with splice(2) through a pipe, again
// after EINTR; where that is impossible, or descriptors ran out, with read(2) and write(2). It shuts nothing down.
// n is how much arrived at dst. An error of src, EAGAIN of SO_RCVTIMEO for example, loses nothing: call it again to go
// on. After an error of dst, up to 64 KiB more than n were taken from src, and are gone.
func Relay(dst, src int) (n int64, err error) {
	r, w, e := pipe2(0)
	if e != 0 {
		return relayByCopy(dst, src)
	}
	defer closefd(r)
	defer closefd(w)
	for {
		held, err := Retry(func() (int, error) { return Splice(src, nil, w, nil, relaySize, 0) })
		if isImpossible(err) || err == nil && held == 0 {
			// Either is no end for sure: splice(2) stops before an urgent byte too.
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

// empty moves the held bytes of a pipe to dst, again after EINTR.
func empty(dst, pipe int, held int64) (n int64, err error) {
	err = EINTR
	for err == EINTR {
		var m int64
		m, err = emptyOn(dst, pipe, held-n)
		n += m
	}
	return n, err
}

// emptyOn moves the held bytes of a pipe to dst, up to the first error: EINTR too.
func emptyOn(dst, pipe int, held int64) (n int64, err error) {
	for n < held {
		m, err := Splice(pipe, nil, dst, nil, int(held-n), 0)
		n += int64(m)
		switch {
		case isImpossible(err):
			rest, err := copyAll(dst, held-n, func(p []byte, _ int64) (int, syscall.Errno) { return read(pipe, p) })
			return n + rest, err
		case err != nil:
			return n, err
		case m == 0:
			return n, EIO // the pipe has less than was put in, or the kernel takes nothing and has no error
		}
	}
	return n, nil
}

func relayByCopy(dst, src int) (n int64, err error) {
	return copyAll(dst, math.MaxInt64, func(p []byte, _ int64) (int, syscall.Errno) { return read(src, p) })
}

// isImpossible tells whether the kernel can't move bytes by itself between such descriptors.
func isImpossible(err error) bool { return err == EINVAL || err == ENOSYS }

// copyAll writes to dst what read gives, limit bytes at most, until it gives none. done is how much was copied before.
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
