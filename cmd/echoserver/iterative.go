//go:build unix

package main

// iterative is the textbook server: one client at a time.
func iterative(s *server) (serve func() error, err error) {
	return func() error {
		w := newWorkers(s, 1)
		w.warn.Do(func() {}) // clients always wait for the one before
		return w.run([][]*listener{s.listeners})
	}, nil
}
