//go:build unix && !linux

package sock

// domainOf is a socket's domain: not every system tells.
func domainOf(int) int { return 0 }

// protocolOf is a socket's protocol: not every system tells.
func protocolOf(int) int { return 0 }

// isTCP tells a stream of TCP from those of other protocols of AF_INET: here they are taken to be TCP.
func (connKind) isTCP() bool { return true }
