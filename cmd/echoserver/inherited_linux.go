package main

import (
	"errors"
	"fmt"
	"strings"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/socketfile"
	"example.com/berkeley/sock"
)

// adopt makes a listener of an inherited socket. The parent has the socket too, and the next server would inherit options
// that this one sets. Therefore options are set on accepted sockets, and the socket's file stays.
func (s *server) adopt(fd int) (*listener, error) {
	fail := func(call string, err error) (*listener, error) {
		return nil, fmt.Errorf("%s: %s", call, callerr.Describe(err))
	}
	if err := sock.SetInheritable(fd, false); err != nil {
		return fail("fcntl", err)
	}
	addr, err := sock.Getsockname(fd)
	if err != nil {
		return fail("getsockname", err)
	}
	typ, err := sock.Getsockopt(fd, sock.SO_TYPE)
	if err != nil {
		return fail("getsockopt", err)
	}
	protocol, err := sock.Getsockopt(fd, sock.SO_PROTOCOL)
	if err != nil {
		return fail("getsockopt", err)
	}
	listening, err := sock.Getsockopt(fd, sock.SO_ACCEPTCONN)
	if err != nil {
		return fail("getsockopt", err)
	}
	network := networkOf(addr.Family(), typ, protocol)
	switch {
	case network == "":
		return nil, fmt.Errorf("sockets of family %d, type %d and protocol %d are not supported", addr.Family(), typ, protocol)
	case !listening && connected(fd):
		return nil, errors.New("the socket is connected: the service manager must pass the listener (Accept=no in systemd)")
	case !listening && typ != sock.SOCK_DGRAM:
		return nil, errors.New("the socket doesn't listen")
	}
	l := &listener{Endpoint: sock.Endpoint{Network: network, Type: typ, Protocol: protocol}, fd: fd, addr: addr, inherited: true}
	l.url = l.URL(addr)
	if err := s.options.serves(l.Endpoint); err != nil {
		return nil, err
	}
	if addr == sock.Unnamed() || l.Network == "udp" && addr.AddrPort().Port() == 0 {
		return nil, errors.New("the socket isn't bound")
	}
	s.findFile(l)
	if err := sock.SetNonblock(fd, true); err != nil {
		return fail("ioctl", err)
	}
	if l.Datagram() {
		return l, s.adoptDatagrams(l)
	}
	l.wanted = otherThan(fd, streamOptions)
	return l, nil
}

// connected reports whether a socket has a peer.
func connected(fd int) bool {
	_, err := sock.Getpeername(fd)
	return err == nil
}

// findFile finds the file of an inherited unix socket, and warns if the socket's path does not lead to it. A relative path
// is relative to the directory in which the parent bound the socket, which is unknown here.
func (s *server) findFile(l *listener) {
	path := l.addr.Path()
	if !strings.HasPrefix(path, "/") {
		return
	}
	var err error
	if l.socketFile.dir, err = socketfile.OpenDir(path); err == nil {
		l.socketFile.file, err = l.socketFile.dir.Bound(l.fd)
	}
	switch err {
	case sock.ENOENT, sock.ENOTDIR, sock.ENOTSOCK, socketfile.ErrReplaced:
		s.warnLostFile(l)
	}
}

// shutDown reports whether another process that has the socket has shut it down: neither accept(2) nor recv(2) reports
// that on every kind of socket, while poll(2) keeps reporting an event.
func (l *listener) shutDown() bool {
	return l.reports(sock.POLLRDHUP | sock.POLLHUP | sock.POLLNVAL)
}

// clearErrors empties the queue of errors, if there are any. Another process that has the socket may have had the kernel
// fill it, which neither recv(2) nor sendmsg(2) reports, while poll(2) keeps reporting an event.
func (l *listener) clearErrors() {
	if l.reports(sock.POLLERR) {
		clearErrors(l.fd)
	}
}

// reports reports whether poll(2) has one of some events of an inherited socket.
func (l *listener) reports(events int16) bool {
	return l.inherited && l.polls(events)
}

// polls reports whether poll(2) has one of some events of the listener.
func (l *listener) polls(events int16) bool {
	fds := []sock.Pollfd{{Fd: int32(l.fd), Events: sock.POLLRDHUP}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 0) })
	return n > 0 && err == nil && fds[0].Revents&events != 0
}

// networkOf returns the scheme of a socket's URL, "" for a socket that isn't served.
func networkOf(family, typ, protocol int) string {
	if protocol == sock.IPPROTO_ICMP || protocol == sock.IPPROTO_ICMPV6 { // they have datagrams and ports too: icmp(7)
		return ""
	}
	return sock.NetworkOf(family, typ, protocol)
}
