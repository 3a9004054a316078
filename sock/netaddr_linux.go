package sock

import "golang.org/x/sys/unix"

// domainOf is a socket's domain, 0 where the kernel doesn't tell.
func domainOf(fd int) int {
	domain, _ := Getsockopt(fd, SO_DOMAIN)
	return domain
}

// protocolOf is a socket's protocol, 0 where the kernel doesn't tell.
func protocolOf(fd int) int {
	protocol, _ := Getsockopt(fd, SO_PROTOCOL)
	return protocol
}

// isTCP tells a stream of TCP from those of other protocols of AF_INET, which package net doesn't know.
func (k connKind) isTCP() bool {
	return k.protocol == unix.IPPROTO_TCP || k.protocol == unix.IPPROTO_MPTCP
}
