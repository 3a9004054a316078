//go:build unix && !linux

package main

// inherit finds nothing: socket activation by LISTEN_FDS is Linux's.
func (s *server) inherit() (some bool, err error) { return false, nil }
