//go:build unix && !linux

package main

import "example.com/berkeley/sock"

// set makes the kernel probe a silent peer at its default times.
func (k keepalive) set(fd int, optional func(option string, err error) error) error {
	return optional("SO_KEEPALIVE", sock.Setsockopt(fd, sock.SO_KEEPALIVE, true))
}
