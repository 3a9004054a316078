//go:build unix && !linux

package sock

// domainOf returns 0, because not every system reports a socket's domain.
func domainOf(int) int { return 0 }

// protocolOf returns 0, because not every system reports a socket's protocol.
func protocolOf(int) int { return 0 }

// isTCP reports whether an AF_INET stream is TCP. On these systems all are taken for TCP.
func (connKind) isTCP() bool { return true }

// isMultipath reports whether a connection uses Multipath TCP, which only Linux has as protocol MPTCP.
func isMultipath(int) bool { return false }
