//go:build unix && !linux

package main

// watchFiles does nothing: on these systems the server checks the sockets' files at SIGUSR1.
func (*server) watchFiles() {}
