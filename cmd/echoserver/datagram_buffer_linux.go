package main

import "example.com/berkeley/sock"

const (
	unixSendBuffer = 8 << 20 // of a unixgram listener, if the system allows that much
	shortAnswer    = 4 << 10
)

// growForAnswers gives a unixgram listener the largest send buffer that it may have: there, answers take up memory of the
// sender until they are received, and so all clients share the listener's.
func (l *listener) growForAnswers() {
	growSendBuffer(l.fd, unixSendBuffer)
	l.sendBuffer, _ = sock.Getsockopt(l.fd, sock.SO_SNDBUF)
}

// growSendBuffer gives a socket a send buffer of at least this size, or the largest that it may have.
func growSendBuffer(fd, size int) {
	has, _ := sock.Getsockopt(fd, sock.SO_SNDBUF)
	if has < size && sock.Setsockopt(fd, sock.SO_SNDBUFFORCE, size) != nil { // without CAP_NET_ADMIN
		sock.Setsockopt(fd, sock.SO_SNDBUF, size)
	}
}

// maxAnswer returns how long an answer over AF_UNIX may be: any length, unless clients that don't receive have
// filled half of the send buffer. Then long answers are dropped first, so that short ones to other clients still fit.
func (l *listener) maxAnswer() int {
	queued, err := sock.OutputQueue(l.fd)
	if err != nil || queued < l.sendBuffer/2 {
		return recordSize
	}
	return max(shortAnswer, (l.sendBuffer-queued)/16)
}
