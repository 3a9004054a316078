//go:build unix

package sock

// Retry calls f until its error is not EINTR. Each EINTR stands for a signal that a handler took, so this ends when signals do.
// Don't use it for Close, whose fd is gone whatever it says, nor for Connect, whose attempt goes on: see there. A time limit,
// of Poll or by SO_RCVTIMEO, begins anew with each call.
func Retry[T any](f func() (T, error)) (T, error) {
	for {
		v, err := f()
		if err != EINTR {
			return v, err
		}
	}
}

// SendAll sends all of p with as many calls of send(2) as it takes, again after EINTR.
// n is how much went out, less than len(p) only with an error. On EAGAIN, from a non-blocking socket or SO_SNDTIMEO,
// go on with p[n:] once the socket is writable. EIO means that the kernel took nothing and had no error. An empty p is one call.
func SendAll(fd int, p []byte, flags int) (n int, err error) {
	for {
		m, err := sendOn(fd, p[n:], flags, plainCall)
		n += m
		if err != EINTR {
			return n, err
		}
	}
}

// sendOn sends p with as many calls as it takes, up to the first error: EINTR too.
func sendOn(fd int, p []byte, flags int, mode callMode) (n int, err error) {
	for {
		m, err := sendtoAt(fd, p[n:], flags, nil, mode)
		n += m
		switch {
		case err != nil || n >= len(p):
			return n, err
		case m == 0:
			return n, EIO
		}
	}
}

// RecvFull receives until p is full with as many calls of recv(2) as it takes, again after EINTR.
// n is how much came. It is less than len(p) with a nil error where the stream ended first.
func RecvFull(fd int, p []byte) (n int, err error) {
	for n < len(p) {
		m, err := Recv(fd, p[n:], 0)
		n += m
		if err == EINTR {
			continue
		}
		if err != nil || m == 0 {
			return n, err
		}
	}
	return n, nil
}

// RecvAll receives to the end of a stream, which is where the peer shut down or closed its writing side, with as many
// calls of recv(2) as it takes, again after EINTR. p is what came, also with an error.
// A stream longer than limit bytes gives EMSGSIZE: p is then its first limit bytes, and at least one more is unread.
// It is for streams: of a socket with records it would cut those that its buffer is too short for.
func RecvAll(fd, limit int) (p []byte, err error) {
	const least = 512
	for {
		if len(p) >= limit {
			return p, ended(fd)
		}
		if len(p) == cap(p) {
			grown := make([]byte, len(p), min(max(2*cap(p), least), limit))
			copy(grown, p)
			p = grown
		}
		n, err := Recv(fd, p[len(p):cap(p)], 0)
		p = p[:len(p)+n]
		if err == EINTR {
			continue
		}
		if err != nil || n == 0 {
			return p, err
		}
	}
}

// ended is nil where a stream has no more bytes, and EMSGSIZE where it has; it takes none.
func ended(fd int) error {
	var b [1]byte
	n, err := Retry(func() (int, error) { return Recv(fd, b[:], MSG_PEEK) })
	if n > 0 {
		return EMSGSIZE
	}
	return err
}
