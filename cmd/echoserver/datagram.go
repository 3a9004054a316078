//go:build unix

package main

import (
	"net/netip"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// answer sends one datagram back to where it came from; more is false when there was none. It never blocks: a sender who
// doesn't receive loses its answer, as datagrams may be.
func (s *server) answer(l *listener, buf []byte) (more bool) {
	n, from, route, err := l.receive(buf)
	switch {
	case err == sock.EAGAIN:
		return false
	case err == sock.EINTR:
		return true
	case err != nil:
		s.log.Warn("datagram failed", "listener", l.url, "call", "recv", "err", endpoint.Describe(err))
		return false
	}
	l.accepted.Add(1)
	l.received.Add(int64(min(n, len(buf))))
	switch {
	case n > len(buf):
		l.failed.Add(1)
		s.log.Warn("datagram too long", "listener", l.url, "peer", from.String(), "bytes", n)
		return true
	case !s.answers(l, from):
		l.refused.Add(1)
		s.log.Debug("datagram from an address that gets no answer", "listener", l.url, "peer", from.String())
		return true
	}
	if err := l.send(buf[:n], from, route); err != nil {
		l.failed.Add(1)
		s.log.Warn("datagram failed", "listener", l.url, "peer", from.String(), "call", "send", "err", endpoint.Describe(err))
		return true
	}
	l.sent.Add(int64(n))
	return true
}

// answers tells whether an address gets an answer. Ports below 1024 are those of services that would answer in turn, as
// would this server itself: with a forged address, two of them would never stop.
func (s *server) answers(l *listener, from sock.Sockaddr) bool {
	if l.addr.Family() != sock.AF_UNIX && from.AddrPort().Port() < 1024 {
		return false
	}
	return !from.IsZero() && from != sock.Unnamed() && !s.own(from)
}

// own tells whether an address is one of this server's datagram sockets.
func (s *server) own(from sock.Sockaddr) bool {
	for _, l := range s.listeners {
		if l.Datagram() && (l.addr == from || s.reaches(l, from.AddrPort())) {
			return true
		}
	}
	return false
}

// reaches tells whether what is sent to an address comes to a listener on all of this machine's addresses.
func (s *server) reaches(l *listener, to netip.AddrPort) bool {
	bound, ip := l.addr.AddrPort(), to.Addr().Unmap()
	if !bound.IsValid() || bound.Port() != to.Port() {
		return false
	}
	if !bound.Addr().IsUnspecified() {
		return bound.Addr().Unmap() == ip
	}
	return ip.IsLoopback() || s.localIPs[ip.WithZone("")]
}
