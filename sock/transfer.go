//go:build unix

package sock

// Send sends p on a connected socket: send(2), which Linux knows as sendto(2) without an address.
// n may be less than len(p) on a stream, and is 0 on error; SendAll finishes the rest. An empty p reaches the kernel:
// on a datagram socket it is a message. A lost peer is EPIPE or ECONNRESET, not a signal. EAGAIN means that a
// non-blocking socket's buffer is full or that SO_SNDTIMEO ran out.
func Send(fd int, p []byte, flags int) (n int, err error) {
	raceRelease()
	raceRead(p)
	n, e := send(fd, p, flags)
	if e != 0 {
		return 0, e
	}
	return n, nil
}

// Sendto sends p to an address: sendto(2). The zero Sockaddr is no address, for connected sockets.
// n is 0 on error. On a datagram socket EMSGSIZE means that p is too long to go in one piece.
func Sendto(fd int, p []byte, flags int, to Sockaddr) (n int, err error) {
	return sendtoAt(fd, p, flags, &to)
}

// sendtoAt is Sendto without a copy of the address.
func sendtoAt(fd int, p []byte, flags int, to *Sockaddr) (n int, err error) {
	raceRelease()
	raceRead(p)
	n, e := sendto(fd, p, flags, to)
	if e != 0 {
		return 0, e
	}
	return n, nil
}

// Recv receives into p: recv(2), which Linux knows as recvfrom(2) without an address.
// n == 0 with no error is the end of a stream, or an empty datagram. A datagram longer than p is cut; with MSG_TRUNC in
// flags n is then its real length, more than len(p). EAGAIN means that a non-blocking socket has nothing, or that
// SO_RCVTIMEO ran out.
func Recv(fd int, p []byte, flags int) (n int, err error) {
	n, e := recv(fd, p, flags)
	if e != 0 {
		return 0, e
	}
	raceReceived(p, n)
	return n, nil
}

// Recvfrom is Recv that also tells who sent it: recvfrom(2).
// from is the zero Sockaddr where there is no address: on most streams, and from an AF_UNIX sender without a name.
func Recvfrom(fd int, p []byte, flags int) (n int, from Sockaddr, err error) {
	n, err = recvfromAt(fd, p, flags, &from)
	return n, from, err
}

// recvfromAt is Recvfrom without a copy of the address, which it is given zeroed.
func recvfromAt(fd int, p []byte, flags int, from *Sockaddr) (n int, err error) {
	n, e := recvfrom(fd, p, flags, from)
	if e != 0 {
		return 0, e
	}
	raceReceived(p, n)
	return n, nil
}

// raceReceived tells the race detector that the kernel wrote the first n bytes of p. MSG_TRUNC makes n more than len(p).
func raceReceived(p []byte, n int) {
	raceAcquire()
	raceWrite(p[:min(n, len(p))])
}
