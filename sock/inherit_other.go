//go:build unix && !linux

package sock

var acceptInherits = func() bool { return true }
