package main

import (
	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

const (
	mostDatagrams = 32
	routeSpace    = 128 // for the control messages of a datagram
)

// mailbox is what datagrams are received into, and sent back from, many with one call. One goroutine at a time may use it.
type mailbox struct {
	*server
	batch *sock.Batch
	size  int // how many are asked for: as many as came lately
	came  int // how many did at last
	bytes int // of these
}

func newMailbox(s *server) *mailbox {
	m := &mailbox{server: s, batch: sock.NewBatch(0, s.datagramSize()), size: 1}
	for _, l := range s.listeners {
		if l.Datagram() && l.wildcard() {
			m.batch.SetControlSize(routeSpace)
		}
	}
	return m
}

// answer sends datagrams back to where they came from; more is false when there were none. It never blocks: a sender who
// doesn't receive loses its answer, as datagrams may be.
func (m *mailbox) answer(l *listener) (more bool) {
	m.came, m.bytes = 0, 0
	m.batch.Resize(m.size)
	n, err := sock.Recvmmsg(l.fd, m.batch, sock.MSG_DONTWAIT|sock.MSG_TRUNC, nil)
	if err != nil {
		return m.receiveFailed(l, err)
	}
	switch {
	case n == m.size:
		m.size = min(2*m.size, mostDatagrams)
	case n < m.size/2:
		m.size /= 2
	}
	m.came = n
	answers := 0
	for i := range n {
		m.bytes += m.batch.Len(i)
		message := m.batch.Msg(i)
		if !m.admit(l, message.Name, m.batch.Len(i), len(message.Iov[0])) {
			continue
		}
		message.Iov[0] = message.Iov[0][:m.batch.Len(i)]
		message.Control = l.wayBack(message.Control)
		if answers != i {
			*m.batch.Msg(answers) = *message
		}
		answers++
	}
	m.send(l, answers)
	return true
}

// send sends the first n messages. One that can't be sent isn't the others' fault.
func (m *mailbox) send(l *listener, n int) {
	for n > 0 {
		m.batch.Resize(n)
		sent, err := sock.SendBatch(l.fd, m.batch, sock.MSG_DONTWAIT)
		for i := range sent {
			l.sent.Add(int64(m.batch.Len(i)))
		}
		if err == nil {
			return
		}
		l.failed.Add(1)
		m.report(l, answerFailed, func() []any {
			return []any{"peer", m.batch.Msg(sent).Name.String(), "call", "send", "err", endpoint.Describe(err)}
		})
		n -= sent + 1
		for i := range n {
			*m.batch.Msg(i) = *m.batch.Msg(sent + 1 + i)
		}
	}
}

// askRoute has the kernel tell which of this machine's addresses each datagram to a listener on all of them was sent to.
func (l *listener) askRoute() error {
	if !l.wildcard() {
		return nil
	}
	if l.addr.Family() == sock.AF_INET {
		return sock.Setsockopt(l.fd, sock.IP_PKTINFO, true)
	}
	return sock.Setsockopt(l.fd, sock.IPV6_RECVPKTINFO, true)
}

// wayBack makes, in the place of the control messages that came with a datagram, the one that sends the answer from the
// address that was asked: a client that is connected takes it from nowhere else.
func (l *listener) wayBack(control []byte) []byte {
	for c := range sock.Cmsgs(control) {
		if info, ok := sock.ParseControl(c, sock.CMSG_IPV6_PKTINFO); ok {
			return sock.AppendControl(control[:0], sock.CMSG_IPV6_PKTINFO, sock.In6Pktinfo{Addr: info.Addr})
		}
		if info, ok := sock.ParseControl(c, sock.CMSG_IP_PKTINFO); ok && l.addr.Family() == sock.AF_INET {
			return sock.AppendControl(control[:0], sock.CMSG_IP_PKTINFO, sock.InPktinfo{SpecDst: info.SpecDst})
		}
	}
	return nil
}
