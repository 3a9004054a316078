//go:build unix

package main

import (
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

const (
	udpSize = 64 << 10 // longer than any UDP datagram, whose length has 16 bits
	retries = 16       // of a receive, after errors that are cleared once they are reported
)

// admission decides which datagrams get an answer. One goroutine at a time may use it.
type admission struct {
	server *server
	own    map[string]bool // this server's own datagram sockets: portOf for UDP, the whole address for others
	now    time.Duration   // when the current datagrams arrived, by the guard's clock
	space  [128]byte       // for the bytes of an address
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

// came records the time at which datagrams arrived.
func (a *admission) came() {
	if a.server.guard != nil {
		a.now = a.server.guard.now()
	}
}

// admit counts a datagram of n bytes that was received into a buffer, and reports whether it gets an answer. toMany says that
// it was sent to a broadcast or multicast address.
func (a *admission) admit(l *listener, from *sock.Sockaddr, buf []byte, n int, toMany bool) bool {
	address := from.AppendTo(a.space[:0])
	l.counters.accepted.Add(1)
	l.counters.received.Add(int64(min(n, len(buf))))
	switch {
	case n > len(buf):
		l.counters.refused.Add(1)
		a.server.report(l, datagramTooLong, func() []any { return []any{"peer", from.String(), "bytes", n} })
	case !a.canAnswer(l, address):
		a.refuse(l, fromServer, from)
	case toMany && !a.server.options.answerBroadcast:
		a.refuse(l, sentToMany, from)
	case a.server.guard != nil && a.server.guard.withholds(address, buf[:n], a.now):
		a.refuse(l, inLoop, from)
	default:
		return true
	}
	return false
}

func (a *admission) refuse(l *listener, kind lineKind, from *sock.Sockaddr) {
	l.counters.refused.Add(1)
	a.server.report(l, kind, func() []any { return []any{"peer", from.String()} })
}

// canAnswer reports whether the sender with an address, in bytes, may get an answer. Ports below 1024 belong to
// services that would answer in turn. So would this server itself, whatever the address, since a host can have
// more addresses than it reports.
func (a *admission) canAnswer(l *listener, address []byte) bool {
	if l.addr.Family() == sock.AF_UNIX {
		return len(address) > sock.Unnamed().Len() && !a.own[string(address)]
	}
	port := portOf(address)
	return len(port) == 2 && int(port[0])<<8+int(port[1]) >= 1024 && !a.own[string(port)]
}

// portOf returns the two bytes of the port in the bytes of an AF_INET or AF_INET6 address. Sockaddr's AddrPort also
// decodes an IPv6 zone, which can allocate.
func portOf(address []byte) []byte {
	return address[min(2, len(address)):min(4, len(address))]
}

// isPassing reports whether an error may be cleared once it is reported: an interruption, or the ICMP error for an earlier
// answer. Linux reports that one only with IP_RECVERR or on a connected socket, to the next receive or send.
func isPassing(err error) bool {
	switch err {
	case sock.EINTR, sock.ECONNREFUSED, sock.ECONNRESET, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.EHOSTDOWN, sock.ENETDOWN,
		sock.EPROTO, sock.EMSGSIZE:
		return true
	}
	return false
}

// pauses has the last pause of each listener that cannot be received from.
type pauses map[*listener]time.Duration

// pauseAfter returns how long to pause a listener after an error of a receive: twice as long each time, because
// otherwise a datagram that cannot be received would keep a core busy.
func (a *admission) pauseAfter(l *listener, p pauses, err error) time.Duration {
	switch err {
	case sock.EAGAIN:
		if l.shutDown() {
			a.server.dropListener(l, "recv", errShutDown)
		} else {
			l.clearErrors()
		}
		return 0
	case sock.EBADF, sock.ENOTSOCK:
		a.server.dropListener(l, "recv", err)
		return 0
	}
	a.server.report(l, receiveFailed, func() []any { return []any{"call", "recv", "err", callerr.Describe(err)} })
	p[l] = min(max(minPause, 2*p[l]), maxPause)
	return p[l]
}

// countFailure counts an answer that could not be sent.
func (a *admission) countFailure(l *listener, to *sock.Sockaddr, err error) {
	l.counters.failed.Add(1)
	a.server.report(l, answerFailed, func() []any { return []any{"peer", to.String(), "call", "send", "err", callerr.Describe(err)} })
}
