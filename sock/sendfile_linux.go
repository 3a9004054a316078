package sock

import "golang.org/x/sys/unix"

// Flags of splice(2).
const (
	SPLICE_F_GIFT     = unix.SPLICE_F_GIFT
	SPLICE_F_MORE     = unix.SPLICE_F_MORE
	SPLICE_F_MOVE     = unix.SPLICE_F_MOVE
	SPLICE_F_NONBLOCK = unix.SPLICE_F_NONBLOCK
)

// Sendfile sends count bytes of the file in through out: sendfile(2).
// With an offset it reads from there, leaves the file's own position alone, and advances *offset by n. n may be less
// than count, 0 at the file's end; SendfileAll finishes the rest. EINVAL means that the kernel can't do it with such a
// file. A lost peer is EPIPE or ECONNRESET, EAGAIN as with Send.
func Sendfile(out, in int, offset *int64, count int) (n int, err error) {
	if count < 0 {
		return 0, EINVAL
	}
	raceRelease()
	n, e := sendfile(out, in, offset, count)
	if e != 0 {
		return 0, e
	}
	return n, nil
}

// Splice moves bytes from one descriptor to another, of which one is a pipe, without a copy: splice(2).
// An offset is for a file, and is advanced by n; nil is for what has none. n may be less than count, and is 0 at the end
// of in. SPLICE_F_NONBLOCK is about the pipe; SPLICE_F_MORE, as MSG_MORE, has TCP hold back a part of a segment for 200 ms
// when nothing follows. EINVAL means that the kernel can't do it with such descriptors.
func Splice(in int, inOff *int64, out int, outOff *int64, count, flags int) (n int, err error) {
	if count < 0 {
		return 0, EINVAL
	}
	raceRelease()
	n, e := splice(in, inOff, out, outOff, count, flags)
	if e != 0 {
		return 0, e
	}
	raceAcquire()
	return n, nil
}
