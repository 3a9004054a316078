//go:build unix && !linux

package sock

// messages are the arguments of the calls that have messages, which are Linux's so far.
type messages struct{}
