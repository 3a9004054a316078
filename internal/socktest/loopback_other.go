//go:build unix && !linux

package socktest

// NeedLoopback does nothing: only Linux has network namespaces, where the loopback interface may be down.
func NeedLoopback() {}

// HasVsock returns false: only Linux has vsock(7).
func HasVsock() bool { return false }
