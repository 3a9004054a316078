//go:build unix && !linux

package main

// watchFiles does nothing: here SIGUSR1 has the files of sockets checked.
func (*server) watchFiles() {}
