//go:build unix && !linux

package main

func (*server) inherit() (some bool, err error) { return false, nil }

// shutDown returns false: these systems have no inherited sockets.
func (*listener) shutDown() bool { return false }

func (*listener) clearErrors() {}
