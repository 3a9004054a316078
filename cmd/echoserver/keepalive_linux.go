package main

import "example.com/berkeley/sock"

// set has the kernel probe a silent peer: tcp(7).
func (k keepalive) set(fd int) error {
	if err := sock.Setsockopt(fd, sock.TCP_KEEPIDLE, k.idle); err != nil {
		return err
	}
	if err := sock.Setsockopt(fd, sock.TCP_KEEPINTVL, k.interval); err != nil {
		return err
	}
	if err := sock.Setsockopt(fd, sock.TCP_KEEPCNT, k.count); err != nil {
		return err
	}
	return sock.Setsockopt(fd, sock.SO_KEEPALIVE, true)
}
