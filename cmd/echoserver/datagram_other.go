//go:build unix && !linux

package main

import (
	"time"

	"example.com/berkeley/sock"
)

// responder receives datagrams and sends them back. One goroutine at a time may use it.
type responder struct {
	admission admission
	buf       []byte
	pauses    pauses
}

func newResponder(s *server) *responder {
	return &responder{admission: newAdmission(s), buf: make([]byte, recordSize), pauses: pauses{}}
}

// answer sends a datagram back to where it came from; more is false when there was none. If the listener cannot be received
// from, pause is how long to leave it alone. It never blocks: a sender that doesn't receive loses its answer, as
// datagrams may be.
func (r *responder) answer(l *listener) (more bool, pause time.Duration) {
	n, from, err := sock.Recvfrom(l.fd, r.buf, sock.MSG_DONTWAIT|sock.MSG_TRUNC)
	for i := 0; isPassing(err) && i < retries; i++ {
		n, from, err = sock.Recvfrom(l.fd, r.buf, sock.MSG_DONTWAIT|sock.MSG_TRUNC)
	}
	if err != nil {
		return false, r.admission.pauseAfter(l, r.pauses, err)
	}
	delete(r.pauses, l)
	r.admission.came()
	if !r.admission.admit(l, &from, r.buf, n, false) {
		return true, 0
	}
	if _, err := sock.Sendto(l.fd, r.buf[:n], sock.MSG_DONTWAIT, from); err != nil {
		r.admission.countFailure(l, &from, err)
		return true, 0
	}
	l.counters.sent.Add(int64(n))
	return true, 0
}

// prepareDatagrams does nothing: on these systems the kernel picks the address that an answer is sent from.
func (s *server) prepareDatagrams(*listener) {}

// growSendBuffer gives a socket a send buffer of this size, if it may have that.
func growSendBuffer(fd, size int) { sock.Setsockopt(fd, sock.SO_SNDBUF, size) }
