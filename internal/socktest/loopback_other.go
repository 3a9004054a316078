//go:build unix && !linux

package socktest

// NeedLoopback does nothing: only Linux has networks whose loopback interface is off.
func NeedLoopback() {}
