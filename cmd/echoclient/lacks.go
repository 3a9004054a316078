//go:build unix

package main

import (
	"slices"
	"sync"

	"example.com/berkeley/internal/callerr"
)

// lacks records what isn't available here, each thing once. Any goroutine may use it.
type lacks struct {
	mu   sync.Mutex
	what []string
}

// tolerate returns err, or nil if it means that a socket option or a call isn't available: the program works without it.
func (l *lacks) tolerate(name string, err error) error {
	if !callerr.Unavailable(err) {
		return err
	}
	what := name + ": " + callerr.Describe(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.what, what) {
		l.what = append(l.what, what)
	}
	return nil
}

func (l *lacks) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.what)
}
