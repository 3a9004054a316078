package sock

import "golang.org/x/sys/unix"

// InputQueue is how many bytes wait to be received: ioctl(2) SIOCINQ, which is FIONREAD; tcp(7), udp(7), unix(7).
// On a datagram socket it is the length of the next one, 0 also when that is empty. A listening TCP socket gives EINVAL.
func InputQueue(fd int) (int, error) {
	return queue(fd, unix.SIOCINQ)
}

// OutputQueue is how many bytes wait in the send queue: ioctl(2) SIOCOUTQ, which is TIOCOUTQ; tcp(7), udp(7), unix(7).
// On TCP it counts what the peer hasn't acknowledged, sent or not. On others it is memory, headers included.
func OutputQueue(fd int) (int, error) {
	return queue(fd, unix.SIOCOUTQ)
}

// UnsentQueue is how many bytes of the send queue of TCP were never sent: ioctl(2) SIOCOUTQNSD.
func UnsentQueue(fd int) (int, error) {
	return queue(fd, unix.SIOCOUTQNSD)
}

func queue(fd int, request uintptr) (int, error) {
	n, e := ioctlInt(fd, request)
	if e != 0 {
		return 0, e
	}
	return n, nil
}
