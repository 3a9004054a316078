//go:build unix

package main

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

const defaultListen = "tcp://127.0.0.1:6543"

// patience is how long the server waits for a name to be resolved.
const patience = 10 * time.Second

// listener is a bound socket: one that clients connect to, or one for datagrams.
type listener struct {
	sock.Endpoint
	counters   counters
	socketFile socketFile
	lines      lineLimits
	fd         int
	addr       sock.Sockaddr
	url        string
	path       string
	bequeaths  bool           // whether accepted sockets have the listener's options
	inherited  bool           // whether another process has the socket too
	wanted     []wantedOption // options that accepted sockets get in addition to the usual ones
	sendBuffer int            // of a unixgram socket, in bytes
	blocks     bool           // whether its calls block, except those with MSG_DONTWAIT
	goneInRow  atomic.Int32   // clients for which accept(2) has failed since it last succeeded
	dead       atomic.Bool
	closed     atomic.Bool
	congestion congestion
}

// wantedOption is an option with the value that the server needs.
type wantedOption struct {
	sock.AnyOption
	value any
}

// open opens all listeners: those that the server inherits, and those of the command line.
func (s *server) open(ctx context.Context) error {
	inherited, err := s.inherit()
	if err != nil {
		return err
	}
	if !inherited && len(s.options.listen) == 0 {
		e, err := sock.ParseEndpoint(defaultListen)
		if err != nil {
			return err
		}
		s.options.listen = append(s.options.listen, e)
	}
	for _, e := range s.options.listen {
		if err := s.listen(ctx, e); err != nil {
			return err
		}
	}
	s.guardDatagrams()
	return nil
}

// listen opens a listener on every address of an endpoint. For a name with several addresses, one that works is enough.
func (s *server) listen(ctx context.Context, e sock.Endpoint) error {
	lookUp, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	addrs, err := e.Resolve(lookUp)
	if err != nil {
		return err
	}
	var failures []error
	for _, sa := range addrs {
		l, err := s.bound(ctx, e, sa)
		if instead, ok := e.IPv4Instead(sa, err); ok {
			s.log.Warn("no IPv6 here: serving IPv4 only", "err", err)
			l, err = s.bound(ctx, e, instead)
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		s.listeners = append(s.listeners, l)
	}
	if len(failures) == len(addrs) {
		return failures[0]
	}
	for _, err := range failures {
		s.log.Warn("cannot listen on one of several addresses", "err", err)
	}
	return nil
}

// bound makes a socket, binds it and makes it listen.
func (s *server) bound(ctx context.Context, e sock.Endpoint, sa sock.Sockaddr) (*listener, error) {
	fail := func(call string, err error) error {
		return &callerr.CallError{Call: call, Address: e.URL(sa), Err: err}
	}
	fd, err := sock.Socket(sa.Family(), e.Type, e.Protocol)
	if err != nil {
		return nil, fail("socket", err)
	}
	l := &listener{Endpoint: e, fd: fd, addr: sa, path: sa.Path(), bequeaths: sa.Family() != sock.AF_UNIX && sock.AcceptInherits()}
	if call, err := s.establish(ctx, l); err != nil {
		s.retire(l)
		l.close()
		return nil, fail(call, err)
	}
	l.url = e.URL(l.addr)
	return l, nil
}

// establish binds a listener's socket and makes it listen. It returns the call that failed.
func (s *server) establish(ctx context.Context, l *listener) (call string, err error) {
	if err := sock.SetNonblock(l.fd, true); err != nil {
		return "ioctl", err
	}
	if err := s.prepare(l); err != nil {
		return "setsockopt", err
	}
	if call, err := s.bind(ctx, l); err != nil {
		return call, err
	}
	if !l.Datagram() {
		if err := sock.Listen(l.fd, s.options.backlog); err != nil {
			return "listen", err
		}
	}
	if err := l.settle(); err != nil {
		return "bind", err
	}
	l.addr, err = sock.Getsockname(l.fd)
	return "getsockname", err
}

// prepare sets the options of a socket that is to be bound.
func (s *server) prepare(l *listener) error {
	if l.addr.Family() == sock.AF_INET6 {
		only := l.V6Only()
		if err := sock.Setsockopt(l.fd, sock.IPV6_V6ONLY, only); err != nil {
			if already, getErr := sock.Getsockopt(l.fd, sock.IPV6_V6ONLY); getErr != nil || already != only {
				return err
			}
		}
	}
	if l.addr.Family() == sock.AF_UNIX {
		if err := s.refuseRights(l); err != nil {
			return err
		}
	}
	if l.Datagram() {
		s.prepareDatagrams(l)
		return nil
	}
	if l.resets() {
		// Connections of an earlier run may be in TIME_WAIT for another minute.
		if err := s.optional(l, "SO_REUSEADDR", sock.Setsockopt(l.fd, sock.SO_REUSEADDR, true)); err != nil {
			return err
		}
	}
	if l.bequeaths {
		return s.prepareClients(l, l.fd)
	}
	return nil
}

// prepareClients sets the options of an accepted socket, or of a listener that bequeaths its own to them.
func (s *server) prepareClients(l *listener, fd int) error {
	for _, o := range l.wanted {
		if err := o.Set(fd, o.value); err != nil {
			return err
		}
	}
	// Send back received bytes at once, instead of waiting until earlier ones are acknowledged: tcp(7) TCP_NODELAY.
	// MPTCP has it since Linux 5.17.
	if l.tcp() || l.Network == "mptcp" {
		if err := s.optional(l, "TCP_NODELAY", sock.Setsockopt(fd, sock.TCP_NODELAY, true)); err != nil {
			return err
		}
	}
	// Only TCP and unix streams have urgent bytes. Keep them at their position in the stream, which otherwise would lose
	// them: tcp(7) SO_OOBINLINE.
	if l.Network == "unix" || l.tcp() {
		if err := s.optional(l, "SO_OOBINLINE", sock.Setsockopt(fd, sock.SO_OOBINLINE, true)); err != nil {
			return err
		}
	}
	if !l.resets() {
		return nil
	}
	if s.options.keepalive.idle > 0 && l.Network != "vsock" {
		optional := func(option string, err error) error { return s.optional(l, option, err) }
		if err := s.options.keepalive.set(fd, optional); err != nil {
			return err
		}
	}
	// By default the end of a connection, even by kill -9, is a reset. Only finish turns this off, when the client got
	// everything.
	return sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true, Seconds: 0})
}

// optional returns err, or nil if it means that a socket option isn't available here: clients are served without it.
func (s *server) optional(l *listener, option string, err error) error {
	if !callerr.Unavailable(err) {
		return err
	}
	s.log.Debug("socket option not available", "listener", l.URL(l.addr), "option", option, "err", callerr.Describe(err))
	return nil
}

// tcp reports whether the transport is TCP, but not MPTCP.
func (l *listener) tcp() bool { return strings.HasPrefix(l.Network, "tcp") }

// resets reports whether the transport can reset a connection.
func (l *listener) resets() bool {
	return l.Type == sock.SOCK_STREAM && l.addr.Family() != sock.AF_UNIX
}

// waiting reports whether a client is in the queue, and returns unknown if poll(2) fails.
func (l *listener) waiting(unknown bool) bool {
	fds := []sock.Pollfd{{Fd: int32(l.fd), Events: sock.POLLIN}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 0) })
	return n > 0 || err != nil && unknown
}

// close closes the listener's socket; clients that are still in its queue get a reset.
func (l *listener) close() {
	if l.closed.Swap(true) {
		return
	}
	sock.Close(l.fd)
}
