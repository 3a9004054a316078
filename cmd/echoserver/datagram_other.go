//go:build unix && !linux

package main

import (
	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// mailbox is what a datagram is received into, and sent back from. One goroutine at a time may use it.
type mailbox struct {
	*server
	buf []byte
}

func newMailbox(s *server) *mailbox {
	return &mailbox{server: s, buf: make([]byte, s.datagramSize())}
}

// answer sends a datagram back to where it came from; more is false when there was none. It never blocks: a sender who
// doesn't receive loses its answer, as datagrams may be.
func (m *mailbox) answer(l *listener) (more bool) {
	n, from, err := sock.Recvfrom(l.fd, m.buf, sock.MSG_DONTWAIT|sock.MSG_TRUNC)
	if err != nil {
		return m.receiveFailed(l, err)
	}
	if !m.admit(l, from, n, len(m.buf)) {
		return true
	}
	if _, err := sock.Sendto(l.fd, m.buf[:n], sock.MSG_DONTWAIT, from); err != nil {
		l.failed.Add(1)
		m.report(l, answerFailed, func() []any { return []any{"peer", from.String(), "call", "send", "err", endpoint.Describe(err)} })
		return true
	}
	l.sent.Add(int64(n))
	return true
}

// askRoute does nothing: here an answer comes from the address that the kernel picks.
func (l *listener) askRoute() error { return nil }
