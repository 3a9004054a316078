//go:build unix

package sock

// Dup makes another descriptor of the same socket: dup(2), made as fcntl(2) F_DUPFD_CLOEXEC. The new fd is -1 on error.
// Close-on-exec is always set; SetInheritable takes it off. The two share everything else, being non-blocking too, and
// the connection lasts until both are closed.
func Dup(fd int) (nfd int, err error) {
	nfd, e := dup(fd)
	if e != 0 {
		return -1, e
	}
	return nfd, nil
}

// Sockatmark tells whether the next byte to receive is where a stream's urgent data stood: sockatmark(3).
// With SO_OOBINLINE the next byte is the urgent one.
func Sockatmark(fd int) (bool, error) {
	v, e := sockatmark(fd)
	return v != 0, result(e)
}
