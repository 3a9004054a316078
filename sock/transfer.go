//go:build unix

package sock

import "example.com/berkeley/internal/strace"

// Send sends p on a connected socket: send(2), which is sendto(2) without an address on Linux. On a stream n may be
// less than len(p); SendAll sends the rest. n is 0 on error. An empty p reaches the kernel: on a datagram socket it
// is a message. A lost peer is EPIPE or ECONNRESET, not a signal. EAGAIN means that the buffer of a non-blocking
// socket is full, or that SO_SNDTIMEO ran out.
func Send(fd int, p []byte, flags int) (n int, err error) {
	return sendto(fd, p, flags, nil, plainCall)
}

// TrySend is Send with MSG_DONTWAIT, without telling Go's scheduler, which makes it cheaper: send(2). Use it only on
// TCP and UDP sockets. On macOS and the BSDs, and for more than 64 KiB, the scheduler is told.
//
// During such a call the goroutine cannot be preempted, and a garbage collection that begins stops the whole program
// until it returns. On TCP and UDP it returns at once, unless a page of p has to be read from a disk first, as of a mapped
// file. On other sockets MSG_DONTWAIT does not promise that: AF_NETLINK carries out a request within the call, AF_ALG
// computes, and AF_UNIX may wait for its garbage collection of descriptors. Use Send there.
func TrySend(fd int, p []byte, flags int) (n int, err error) {
	return sendto(fd, p, flags|MSG_DONTWAIT, nil, rawCall)
}

// Sendto sends p to an address: sendto(2). The zero Sockaddr means no address, for connected sockets. n is 0 on
// error. EMSGSIZE means that p is too long for one datagram. The ICMP error for an earlier datagram is reported by the
// next call, of any kind, if the socket is connected or has IP_RECVERR: then p wasn't sent, and can be sent again.
func Sendto(fd int, p []byte, flags int, to Sockaddr) (n int, err error) {
	return sendto(fd, p, flags, &to, plainCall)
}

// Recv receives into p: recv(2), which is recvfrom(2) without an address on Linux. n == 0 with a nil error is the end
// of a stream, or an empty datagram. A datagram longer than p is cut; with MSG_TRUNC in flags, n is its real length
// on Linux, more than len(p). On TCP MSG_TRUNC discards n bytes and leaves p as it is: tcp(7). EAGAIN means that a
// non-blocking socket has nothing to receive, or that SO_RCVTIMEO ran out.
func Recv(fd int, p []byte, flags int) (n int, err error) {
	return recvfrom(fd, p, flags, nil, plainCall)
}

// TryRecv is Recv with MSG_DONTWAIT, without telling Go's scheduler, which makes it cheaper: recv(2). Use it only on
// TCP and UDP sockets, for the reasons given at TrySend. On macOS and the BSDs, and for more than 64 KiB, the
// scheduler is told.
//
// An AF_UNIX peer may pass descriptors, which the kernel closes within the call, and any other receive without room for
// them: freeing a large deleted file can take long, and a connection with SO_LINGER as long as the peer wants. Since
// Linux 6.16 a socket refuses them with SO_PASSRIGHTS off.
func TryRecv(fd int, p []byte, flags int) (n int, err error) {
	return recvfrom(fd, p, flags|MSG_DONTWAIT, nil, rawCall)
}

// Recvfrom is Recv that also returns the address of the sender: recvfrom(2). from is the zero Sockaddr if there is
// none: on most streams, and from an AF_UNIX sender without a name.
func Recvfrom(fd int, p []byte, flags int) (n int, from Sockaddr, err error) {
	n, err = recvfrom(fd, p, flags, &from, plainCall)
	return n, from, err
}

// raceReceived tells the race detector that the kernel wrote the first n bytes of p. With
// MSG_TRUNC, n may be more than len(p).
func raceReceived(p []byte, n int) {
	raceAcquire()
	raceWrite(p[:min(n, len(p))])
}

// callMode says whether Go's scheduler is told of a call, before and after it, in case the call takes long. Only code
// that knows the socket's protocol may request a raw call: see TrySend. The scheduler is told even of a raw call if it
// moves more than longestRaw bytes.
type callMode bool

const (
	plainCall callMode = false
	rawCall   callMode = true
)

// longestRaw is the most that a raw call moves. Longer transfers take time, of which telling
// the scheduler is a small part.
const longestRaw = 64 << 10

// raw reports whether the scheduler is not told of a call that moves n bytes.
func (m callMode) raw(n int) bool { return m == rawCall && n <= longestRaw }

// Sockatmark reports whether the next byte to receive is at the position of the urgent data of a stream:
// sockatmark(3). With SO_OOBINLINE the next byte is the urgent one.
func Sockatmark(fd int) (bool, error) {
	v, e := sockatmark(fd)
	return v != 0, result(e)
}

// MsgFlags prints flags of send(2) and recv(2) by name: fmt.Print(MsgFlags(m.Flags)) prints "MSG_TRUNC|MSG_EOR", for example.
type MsgFlags int

// String returns the names of the flags, the rest as a number, and "0" for no flags.
func (f MsgFlags) String() string { return strace.MessageFlags(uint32(f)) }
