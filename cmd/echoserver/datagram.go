//go:build unix

package main

import (
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

const (
	udpSize     = 64 << 10    // longer than any datagram of UDP, whose length has 16 bits
	longestRest = time.Second // of a listener that cannot be received from
	retries     = 16          // of a receive, after errors that are gone once they are reported
)

// admission decides which datagrams get an answer. One goroutine at a time may use it.
type admission struct {
	*server
	own  map[string]bool // of this server's own datagram sockets: portOf of UDP's, and the whole address of others
	now  time.Duration   // when the datagrams at hand came, by the guard's clock
	room [128]byte       // for the bytes of an address
}

func newAdmission(s *server) admission {
	a := admission{server: s, own: map[string]bool{}}
	for _, l := range s.listeners {
		address := l.addr.AppendTo(nil)
		switch {
		case !l.Datagram():
		case l.addr.Family() == sock.AF_UNIX:
			a.own[string(address)] = true
		default:
			a.own[string(portOf(address))] = true
		}
	}
	return a
}

// came notes the time at which datagrams came.
func (a *admission) came() {
	if a.guard != nil {
		a.now = a.guard.now()
	}
}

// admit counts a datagram of n bytes that was received into a buffer, and tells whether it gets an answer. toMany says that
// it was sent to a broadcast or multicast address.
func (a *admission) admit(l *listener, from *sock.Sockaddr, buf []byte, n int, toMany bool) bool {
	address := from.AppendTo(a.room[:0])
	l.accepted.Add(1)
	l.received.Add(int64(min(n, len(buf))))
	switch {
	case n > len(buf):
		l.failed.Add(1)
		a.report(l, datagramTooLong, func() []any { return []any{"peer", from.String(), "bytes", n} })
	case !a.canAnswer(l, address):
		a.refuse(l, fromServer, from)
	case toMany && !a.answerBroadcast:
		a.refuse(l, sentToMany, from)
	case a.guard != nil && a.guard.withholds(address, buf[:n], a.now):
		a.refuse(l, inLoop, from)
	default:
		return true
	}
	return false
}

func (a *admission) refuse(l *listener, kind lineKind, from *sock.Sockaddr) {
	l.refused.Add(1)
	a.report(l, kind, func() []any { return []any{"peer", from.String()} })
}

// canAnswer tells whether the sender with an address, in bytes, may get an answer. Ports below 1024 are those of services
// that would answer in turn. So would this server itself: whatever the address, since a machine can have more of them than
// it tells.
func (a *admission) canAnswer(l *listener, address []byte) bool {
	if l.addr.Family() == sock.AF_UNIX {
		return len(address) > sock.Unnamed().Len() && !a.own[string(address)]
	}
	port := portOf(address)
	return len(port) == 2 && int(port[0])<<8+int(port[1]) >= 1024 && !a.own[string(port)]
}

// portOf is the two bytes of the port in the bytes of an AF_INET or AF_INET6 address. Sockaddr's AddrPort decodes an IPv6 zone
// too, which can allocate.
func portOf(address []byte) []byte {
	return address[min(2, len(address)):min(4, len(address))]
}

// isPassing tells whether an error of a receive is gone once it is reported: an interruption, or the ICMP error that an
// earlier answer met, which Linux reports only with IP_RECVERR or on a connected socket.
func isPassing(err error) bool {
	switch err {
	case sock.EINTR, sock.ECONNREFUSED, sock.ECONNRESET, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.EHOSTDOWN, sock.ENETDOWN,
		sock.EPROTO, sock.EMSGSIZE:
		return true
	}
	return false
}

// rests is how long each listener that cannot be received from was left alone last.
type rests map[*listener]time.Duration

// receiveFailed tells how long to leave a listener alone after an error of a receive: twice as long each time, as
// otherwise a datagram that cannot be received would keep a core busy.
func (a *admission) receiveFailed(l *listener, r rests, err error) time.Duration {
	switch err {
	case sock.EAGAIN:
		if l.shutDown() {
			a.dropListener(l, "recv", errShutDown)
		}
		return 0
	case sock.EBADF, sock.ENOTSOCK:
		a.dropListener(l, "recv", err)
		return 0
	}
	a.report(l, receiveFailed, func() []any { return []any{"call", "recv", "err", endpoint.Describe(err)} })
	r[l] = min(max(pause, 2*r[l]), longestRest)
	return r[l]
}

// answerFailed counts an answer that could not be sent.
func (a *admission) answerFailed(l *listener, to *sock.Sockaddr, err error) {
	l.failed.Add(1)
	a.report(l, answerFailed, func() []any { return []any{"peer", to.String(), "call", "send", "err", endpoint.Describe(err)} })
}
