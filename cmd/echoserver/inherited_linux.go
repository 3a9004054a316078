package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// firstInherited is where inherited descriptors begin: sd_listen_fds(3).
const firstInherited = 3

// inherit takes the sockets that a service manager has opened for this server: sd_listen_fds(3).
func (s *server) inherit() (some bool, err error) {
	pid, count := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	if count == "" || pid != strconv.Itoa(os.Getpid()) {
		return false, nil // or they are another process's
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return false, fmt.Errorf("LISTEN_FDS is %q, no number", count)
	}
	for fd := firstInherited; fd < firstInherited+n; fd++ {
		l, err := s.adopt(fd)
		if err != nil {
			return false, fmt.Errorf("descriptor %d of LISTEN_FDS: %w", fd, err)
		}
		s.listeners = append(s.listeners, l)
	}
	return n > 0, nil
}

// adopt makes a listener of an inherited socket. It stays the parent's too: what this server sets on it, the next one
// finds, and so the clients get their options themselves; and a socket's file isn't this server's to remove.
func (s *server) adopt(fd int) (*listener, error) {
	fail := func(call string, err error) (*listener, error) {
		return nil, fmt.Errorf("%s: %s", call, endpoint.Describe(err))
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
		return nil, fmt.Errorf("a socket of family %d, type %d and protocol %d isn't served", addr.Family(), typ, protocol)
	case !listening && typ != sock.SOCK_DGRAM:
		return nil, errors.New("the socket doesn't listen")
	}
	l := &listener{Endpoint: sock.Endpoint{Network: network, Type: typ, Protocol: protocol}, fd: fd, addr: addr}
	l.url = l.URL(addr)
	if err := s.serves(l.Endpoint); err != nil {
		return nil, err
	}
	if err := sock.SetNonblock(fd, true); err != nil {
		return fail("ioctl", err)
	}
	if l.Datagram() {
		if err := l.askRoute(); err != nil {
			return fail("setsockopt", err)
		}
	}
	return l, nil
}

// networkOf is the scheme of a socket's URL, "" for one that isn't served.
func networkOf(family, typ, protocol int) string {
	type kind struct{ family, typ int }
	if protocol == sock.IPPROTO_MPTCP {
		return "mptcp"
	}
	return map[kind]string{
		{sock.AF_INET, sock.SOCK_STREAM}:    "tcp",
		{sock.AF_INET6, sock.SOCK_STREAM}:   "tcp",
		{sock.AF_INET, sock.SOCK_DGRAM}:     "udp",
		{sock.AF_INET6, sock.SOCK_DGRAM}:    "udp",
		{sock.AF_UNIX, sock.SOCK_STREAM}:    "unix",
		{sock.AF_UNIX, sock.SOCK_DGRAM}:     "unixgram",
		{sock.AF_UNIX, sock.SOCK_SEQPACKET}: "unixpacket",
		{sock.AF_VSOCK, sock.SOCK_STREAM}:   "vsock",
	}[kind{family, typ}]
}
