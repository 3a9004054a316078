//go:build unix

package sock

// Retry calls f until its error is not EINTR. Each EINTR is caused by a signal that a handler took, so this ends when
// the signals do. Do not use it for Close, which always frees fd, or for Connect, whose attempt continues: see there. A
// time limit, of Poll or SO_RCVTIMEO, starts anew with each call.
func Retry[T any](f func() (T, error)) (T, error) {
	for {
		v, err := f()
		if err != EINTR {
			return v, err
		}
	}
}

// SendAll sends all of p, with as many calls of send(2) as needed; it retries after EINTR. n is less than len(p) only
// with an error. On EAGAIN, from a non-blocking socket or SO_SNDTIMEO, continue with p[n:] once the socket is
// writable. EIO means that the kernel took nothing and reported no error. An empty p is one call.
func SendAll(fd int, p []byte, flags int) (n int, err error) {
	for {
		m, err := sendOn(fd, p[n:], flags, plainCall)
		n += m
		if err != EINTR {
			return n, err
		}
	}
}

// sendOn sends p with as many calls as needed, up to the first error, including EINTR.
func sendOn(fd int, p []byte, flags int, mode callMode) (n int, err error) {
	for {
		m, err := sendto(fd, p[n:], flags, nil, mode)
		n += m
		switch {
		case err != nil || n >= len(p):
			return n, err
		case m == 0:
			return n, EIO
		}
	}
}

// RecvFull receives until p is full, with as many calls of recv(2) as needed; it retries after EINTR. If the stream
// ends first, n is less than len(p) and the error is nil.
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

// RecvAll receives until the end of a stream, where the peer shut down or closed its writing side, with as many calls
// of recv(2) as needed; it retries after EINTR. p has the bytes received, also with an error. If the stream is longer
// than limit, the error is EMSGSIZE: p has the first limit bytes, and at least one more is unread.
//
// It is for streams. On a socket with records, it would cut those that are longer than its buffer.
func RecvAll(fd, limit int) (p []byte, err error) {
	const least = 512
	for {
		if len(p) >= limit {
			return p, atEnd(fd)
		}
		if len(p) == cap(p) {
			grown := make([]byte, len(p), max(min(least, limit), cap(p)+min(cap(p), limit-cap(p))))
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

// atEnd returns nil at the end of a stream, and EMSGSIZE if there are more bytes, which it leaves unread.
func atEnd(fd int) error {
	var b [1]byte
	n, err := Retry(func() (int, error) { return Recv(fd, b[:], MSG_PEEK) })
	if n > 0 {
		return EMSGSIZE
	}
	return err
}

// AcceptInherits reports whether the TCP sockets that Accept returns have the options of their listener, such as
// TCP_NODELAY and SO_LINGER. They do on every system but gVisor, where they have some: there a program sets options on
// each socket, as Accept of a Conn does.
func AcceptInherits() bool { return acceptInherits() }
