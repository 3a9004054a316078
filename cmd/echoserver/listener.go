//go:build unix

package main

import (
	"context"
	"os"
	"strings"
	"sync/atomic"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// listener is a bound socket: one that clients connect to, or one for datagrams. It never blocks.
type listener struct {
	sock.Endpoint
	fd     int
	addr   sock.Sockaddr
	url    string
	path   string
	file   os.FileInfo // what bind(2) made at path, until retire
	closed atomic.Bool
	full   atomic.Int64 // when it was last logged that there is no room, in nanoseconds since 1970
}

// listen opens a listener on every address of an endpoint. Of a name with several, one that can be had is enough.
func (s *server) listen(ctx context.Context, e sock.Endpoint) error {
	addrs, err := e.Resolve(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, sa := range addrs {
		l, err := open(e, sa, s.backlog)
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
		s.log.Warn("one address of several", "err", err)
	}
	return nil
}

// inlineUrgent leaves urgent bytes where they came in a stream, which would lose them otherwise: tcp(7) SO_OOBINLINE.
// Only TCP and unix streams have such bytes.
func inlineUrgent(fd int, e sock.Endpoint) error {
	if e.Network != "unix" && !strings.HasPrefix(e.Network, "tcp") {
		return nil
	}
	return sock.Setsockopt(fd, sock.SO_OOBINLINE, true)
}

// open makes a socket, binds it and lets it listen: the first half of a server's life.
func open(e sock.Endpoint, sa sock.Sockaddr, backlog int) (*listener, error) {
	fail := func(call string, err error) error {
		return &endpoint.CallError{Call: call, Address: e.URL(sa), Err: err}
	}
	fd, err := sock.Socket(sa.Family(), e.Type, e.Protocol)
	if err != nil {
		return nil, fail("socket", err)
	}
	l := &listener{Endpoint: e, fd: fd, addr: sa, path: sa.Path()}
	if err := prepare(l); err != nil {
		sock.Close(fd)
		return nil, fail("setsockopt", err)
	}
	if err := bind(l); err != nil {
		sock.Close(fd)
		return nil, fail("bind", err)
	}
	if !e.Datagram() {
		if err := sock.Listen(fd, backlog); err != nil {
			os.Remove(l.path)
			sock.Close(fd)
			return nil, fail("listen", err)
		}
	}
	if l.addr, err = sock.Getsockname(fd); err != nil {
		os.Remove(l.path)
		sock.Close(fd)
		return nil, fail("getsockname", err)
	}
	l.url = e.URL(l.addr)
	if l.path != "" {
		l.file, _ = os.Lstat(l.path)
	}
	return l, nil
}

// prepare sets the options of a socket that is to be bound.
func prepare(l *listener) error {
	if err := sock.SetNonblock(l.fd, true); err != nil {
		return err
	}
	if l.addr.Family() == sock.AF_INET6 {
		if err := sock.Setsockopt(l.fd, sock.IPV6_V6ONLY, strings.HasSuffix(l.Network, "6")); err != nil {
			return err
		}
	}
	if l.Datagram() {
		return l.askRoute()
	}
	if err := inlineUrgent(l.fd, l.Endpoint); err != nil || !l.resets() {
		return err
	}
	// Connections of an earlier run may be in TIME_WAIT for another minute.
	if err := sock.Setsockopt(l.fd, sock.SO_REUSEADDR, true); err != nil {
		return err
	}
	// Accepted sockets inherit this: whatever ends a connection, be it kill -9, resets it. Only finish, which knows that
	// the client has got everything, takes it off.
	return sock.Setsockopt(l.fd, sock.SO_LINGER, sock.Linger{Onoff: true, Seconds: 0})
}

// resets tells whether the transport can reset a connection.
func (l *listener) resets() bool {
	return l.Type == sock.SOCK_STREAM && l.addr.Family() != sock.AF_UNIX
}

// bind binds a listener's socket. A socket file that a dead server left behind is in the way, and goes.
func bind(l *listener) error {
	err := sock.Bind(l.fd, l.addr)
	if err != sock.EADDRINUSE || l.path == "" || !abandoned(l) {
		return err
	}
	if err := os.Remove(l.path); err != nil {
		return sock.EADDRINUSE
	}
	return sock.Bind(l.fd, l.addr)
}

// abandoned tells whether a path is a socket and nobody answers on it.
func abandoned(l *listener) bool {
	info, err := os.Lstat(l.path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	fd, err := sock.Socket(sock.AF_UNIX, l.Type, 0)
	if err != nil {
		return false
	}
	defer sock.Close(fd)
	// A live server whose queue is full must not hold up this one.
	if err := sock.SetNonblock(fd, true); err != nil {
		return false
	}
	return sock.Connect(fd, l.addr) == sock.ECONNREFUSED
}

// retire removes the socket's file: new clients find nobody, while those who wait in the queue can still be served.
// Only the goroutine that opened the listener may call it; any may close it.
func (l *listener) retire() {
	if l.file == nil {
		return
	}
	// Another server may have taken the place.
	if file, err := os.Lstat(l.path); err == nil && os.SameFile(file, l.file) {
		os.Remove(l.path)
	}
	l.file = nil
}

// close gives up the listener; clients who are still in its queue get a reset.
func (l *listener) close() {
	if l.closed.Swap(true) {
		return
	}
	sock.Close(l.fd)
}
