//go:build unix

package main

import (
	"net"
	"net/netip"
	"slices"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// datagramSize is how much a mailbox must have room for.
func (s *server) datagramSize() int {
	for _, l := range s.listeners {
		if l.Datagram() && l.addr.Family() == sock.AF_UNIX {
			return recordSize
		}
	}
	return 64 << 10 // UDP counts a datagram's bytes with 16 bits
}

// receiveFailed tells whether to ask again.
func (s *server) receiveFailed(l *listener, err error) (more bool) {
	switch err {
	case sock.EAGAIN:
		if l.shutDown() {
			s.dropListener(l, "recv", errShutDown)
		}
		return false
	case sock.EINTR:
		return true
	case sock.EBADF, sock.ENOTSOCK:
		s.dropListener(l, "recv", err)
		return false
	}
	s.report(l, receiveFailed, func() []any { return []any{"call", "recv", "err", endpoint.Describe(err)} })
	return false
}

// admit counts a datagram of n bytes that was received into a buffer of a size, and tells whether it gets an answer.
func (s *server) admit(l *listener, from sock.Sockaddr, n, size int) bool {
	l.accepted.Add(1)
	l.received.Add(int64(min(n, size)))
	switch {
	case n > size:
		l.failed.Add(1)
		s.report(l, datagramTooLong, func() []any { return []any{"peer", from.String(), "bytes", n} })
		return false
	case !s.answers(l, from):
		l.refused.Add(1)
		s.report(l, datagramRefused, func() []any { return []any{"peer", from.String()} })
		return false
	}
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

// wildcard tells whether a listener is bound to all of this machine's addresses.
func (l *listener) wildcard() bool {
	ap := l.addr.AddrPort()
	return ap.IsValid() && ap.Addr().IsUnspecified()
}

// learnAddresses asks for this machine's addresses where a datagram socket listens on all of them.
func (s *server) learnAddresses() {
	if !slices.ContainsFunc(s.listeners, func(l *listener) bool { return l.Datagram() && l.wildcard() }) {
		return
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		s.log.Debug("this machine's addresses are unknown", "err", err)
	}
	s.localIPs = map[netip.Addr]bool{}
	for _, addr := range addrs {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
			s.localIPs[prefix.Addr()] = true
		}
	}
}
