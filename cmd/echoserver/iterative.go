//go:build unix

package main

// iterative is the textbook server: one client at a time.
func iterative(s *server) (serve func() error, err error) {
	return func() error { return newWorkers(s, 1).run([][]*listener{s.listeners}) }, nil
}
