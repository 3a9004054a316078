//go:build unix

package sock

// Send sends p on a connected socket: send(2), which Linux knows as sendto(2) without an address.
// n may be less than len(p) on a stream, and is 0 on error; SendAll sends the rest. An empty p reaches the kernel:
// on a datagram socket it is a message. A lost peer is EPIPE or ECONNRESET, not a signal. EAGAIN means that a
// non-blocking socket's buffer is full or that SO_SNDTIMEO ran out.
func Send(fd int, p []byte, flags int) (n int, err error) {
	return sendtoAt(fd, p, flags, nil, plainCall)
}

// TrySend is Send with MSG_DONTWAIT for sockets of TCP and UDP, which Go's scheduler isn't told of: send(2). That makes it
// cheaper. On macOS and the BSDs, and for more than 64 KiB, it is told.
//
// While such a call lasts, its goroutine can't be interrupted, and a garbage collection that begins stops the whole program
// until it returns. On TCP and UDP it returns at once. On other sockets MSG_DONTWAIT doesn't promise that: AF_NETLINK carries
// out a request within the call, AF_ALG computes, and AF_UNIX waits for its collector of descriptors. There use Send.
func TrySend(fd int, p []byte, flags int) (n int, err error) {
	return sendtoAt(fd, p, flags|MSG_DONTWAIT, nil, rawIfShort(len(p)))
}

// Sendto sends p to an address: sendto(2). The zero Sockaddr is no address, for connected sockets.
// n is 0 on error. On a datagram socket EMSGSIZE means that p is too long to go in one piece.
func Sendto(fd int, p []byte, flags int, to Sockaddr) (n int, err error) {
	return sendtoAt(fd, p, flags, &to, plainCall)
}

// sendtoAt is Send where to is nil, and Sendto without a copy of the address elsewhere.
func sendtoAt(fd int, p []byte, flags int, to *Sockaddr, mode callMode) (n int, err error) {
	raceRelease()
	raceRead(p)
	n, e := sendto(fd, p, flags, to, mode)
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
	return recvfromAt(fd, p, flags, nil, plainCall)
}

// TryRecv is Recv with MSG_DONTWAIT for sockets of TCP and UDP, which Go's scheduler isn't told of: recv(2). That makes it
// cheaper. On macOS and the BSDs, and for more than 64 KiB, it is told.
//
// As TrySend, it isn't for other sockets. An AF_UNIX peer may send descriptors along, which the kernel closes within the
// call: freeing a large deleted file takes as long as the peer likes.
func TryRecv(fd int, p []byte, flags int) (n int, err error) {
	return recvfromAt(fd, p, flags|MSG_DONTWAIT, nil, rawIfShort(len(p)))
}

// Recvfrom is Recv that also gives the sender's address: recvfrom(2).
// from is the zero Sockaddr where there is no address: on most streams, and from an AF_UNIX sender without a name.
func Recvfrom(fd int, p []byte, flags int) (n int, from Sockaddr, err error) {
	n, err = recvfromAt(fd, p, flags, &from, plainCall)
	return n, from, err
}

// recvfromAt is Recv where from is nil, and elsewhere Recvfrom without a copy of the address, which it is given zeroed.
func recvfromAt(fd int, p []byte, flags int, from *Sockaddr, mode callMode) (n int, err error) {
	n, e := recvfrom(fd, p, flags, from, mode)
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

// callMode tells whether Go's scheduler is told of a call, before and after it, in case the call takes long. Only code that
// knows the socket's protocol may ask for a raw call: see TrySend.
type callMode bool

const (
	plainCall callMode = false
	rawCall   callMode = true
)

// longestRaw is how many bytes a raw call moves at most. Longer transfers take time, and the scheduler's part of it is small.
const longestRaw = 64 << 10

// rawIfShort is the mode of a transfer that the kernel makes at once, of n bytes.
func rawIfShort(n int) callMode { return n <= longestRaw }
