//go:build unix && !linux

package main

import "example.com/berkeley/sock"

// route is empty: here an answer comes from the address that the kernel picks.
type route struct{}

func (l *listener) askRoute() error { return nil }

func (l *listener) receive(buf []byte) (n int, from sock.Sockaddr, r route, err error) {
	n, from, err = sock.Recvfrom(l.fd, buf, sock.MSG_DONTWAIT|sock.MSG_TRUNC)
	return n, from, r, err
}

func (l *listener) send(p []byte, to sock.Sockaddr, _ route) error {
	_, err := sock.Sendto(l.fd, p, sock.MSG_DONTWAIT, to)
	return err
}
