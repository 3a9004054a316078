package sock

import "golang.org/x/sys/unix"

// domainOf returns a socket's domain, 0 if the kernel doesn't report it.
func domainOf(fd int) int {
	domain, _ := Getsockopt(fd, SO_DOMAIN)
	return domain
}

// protocolOf returns a socket's protocol, 0 if the kernel doesn't report it.
func protocolOf(fd int) int {
	protocol, _ := Getsockopt(fd, SO_PROTOCOL)
	return protocol
}

// isTCP reports whether an AF_INET stream is TCP and not a protocol that package net doesn't know.
func (k connKind) isTCP() bool {
	return k.protocol == unix.IPPROTO_TCP || k.protocol == unix.IPPROTO_MPTCP
}

// isMultipath reports whether a connection uses Multipath TCP. One that fell back to TCP has no MPTCP_INFO.
func isMultipath(fd int) bool {
	_, err := Getsockopt(fd, MPTCP_INFO)
	return err == nil
}
