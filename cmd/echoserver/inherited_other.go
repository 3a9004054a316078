//go:build unix && !linux

package main

func (*server) inherit() (some bool, err error) { return false, nil }

// shutDown tells whether another process has shut down an inherited socket. Here there are none.
func (*listener) shutDown() bool { return false }
