package sock

import "golang.org/x/sys/unix"

// InputQueue returns how many bytes wait to be received: ioctl(2) SIOCINQ, which is FIONREAD; tcp(7), udp(7),
// unix(7). On a datagram socket it is the length of the next datagram, 0 also if that is empty. A listening TCP
// socket returns EINVAL.
func InputQueue(fd int) (int, error) {
	return queue(fd, unix.SIOCINQ)
}

// OutputQueue returns how many bytes wait in the send queue: ioctl(2) SIOCOUTQ, which is TIOCOUTQ; tcp(7), udp(7),
// unix(7). On TCP it counts the bytes that the peer has not acknowledged, sent or not. On other sockets it is memory,
// headers included.
func OutputQueue(fd int) (int, error) {
	return queue(fd, unix.SIOCOUTQ)
}

// UnsentQueue returns how many bytes in the send queue of a TCP socket were never sent: ioctl(2) SIOCOUTQNSD.
func UnsentQueue(fd int) (int, error) {
	return queue(fd, unix.SIOCOUTQNSD)
}

func queue(fd int, request uintptr) (int, error) {
	n, e := ioctlInt(fd, request)
	switch {
	case e != 0:
		return 0, e
	case n < 0: // as for MPTCP, which reports its errors there
		return 0, Errno(-n)
	}
	return n, nil
}

// Dup3 makes nfd another descriptor for the file of fd, and closes the file that nfd was open on: dup3(2).
// Close-on-exec is always set; SetInheritable turns it off, for the standard input of a new program for example.
// EINVAL means that fd and nfd are the same. Errors of that close are lost: close nfd first if they matter.
func Dup3(fd, nfd, flags int) error {
	raceRelease()
	return result(dup3(fd, nfd, flags))
}
