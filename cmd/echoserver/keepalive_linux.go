package main

import (
	"cmp"

	"example.com/berkeley/sock"
)

// set makes the kernel probe a silent peer: tcp(7). MPTCP has the options for the times since Linux 6.10, and before that
// probes at the default times. optional decides whether an option's error matters.
func (k keepalive) set(fd int, optional func(option string, err error) error) error {
	return cmp.Or(
		optional("TCP_KEEPIDLE", sock.Setsockopt(fd, sock.TCP_KEEPIDLE, k.idle)),
		optional("TCP_KEEPINTVL", sock.Setsockopt(fd, sock.TCP_KEEPINTVL, k.interval)),
		optional("TCP_KEEPCNT", sock.Setsockopt(fd, sock.TCP_KEEPCNT, k.count)),
		optional("SO_KEEPALIVE", sock.Setsockopt(fd, sock.SO_KEEPALIVE, true)))
}
