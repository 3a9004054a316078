package sock

import "golang.org/x/sys/unix"

// Flags of splice(2).
const (
	SPLICE_F_GIFT     = unix.SPLICE_F_GIFT
	SPLICE_F_MORE     = unix.SPLICE_F_MORE
	SPLICE_F_MOVE     = unix.SPLICE_F_MOVE
	SPLICE_F_NONBLOCK = unix.SPLICE_F_NONBLOCK
)

// Sendfile sends count bytes of the file in to out: sendfile(2). With an offset it reads from there, leaves the
// position of the file alone, and advances *offset by n. n may be less than count, and is 0 at the end of the file;
// SendfileAll sends the rest. EINVAL means that the kernel cannot do it with such a file. A lost peer is EPIPE or
// ECONNRESET; EAGAIN is as with Send.
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

// Splice moves bytes from one descriptor to another, one of which is a pipe, without a copy: splice(2). An offset is
// for a file, and is advanced by n; it is nil for descriptors without a position. n may be less than count. It is 0 at
// the end of in, and also where the kernel cannot go on, such as before an urgent byte of TCP: only a receive tells
// which. SPLICE_F_NONBLOCK applies to the pipe. SPLICE_F_MORE, like MSG_MORE, makes TCP hold back a partial segment for
// up to 200 ms. EINVAL means that the kernel cannot do it with such descriptors. EAGAIN and a lost peer are as with
// Send and Recv. Some versions of gVisor send a pipe's first bytes again in place of those after 64 KiB: leave the size
// of pipes as it is.
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
