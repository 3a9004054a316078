//go:build unix

package main

import (
	"sync"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// A wait ends at the next vacancy, or at once if the waiter hasn't seen the last one.
func TestVacancies(t *testing.T) {
	var v vacancies
	seen := v.count.Load()
	v.add()
	v.wait(seen, 0, nil)

	seen = v.count.Load()
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() { v.wait(seen, 0, nil) })
	}
	v.add()
	waiting.Wait()

	v.wait(v.count.Load(), time.Nanosecond, nil)
	done := make(chan struct{})
	close(done)
	v.wait(v.count.Load(), 0, done)
}

// Failures that other processes can end are retried after growing pauses. Those that only this server can end are not.
func TestNextPause(t *testing.T) {
	for _, tt := range []struct {
		why     error
		longest time.Duration
	}{
		{sock.EMFILE, time.Second},
		{sock.ENFILE, time.Second},
		{sock.ENOMEM, time.Second},
		{sock.ENOBUFS, time.Second},
		{sock.EPERM, 100 * time.Millisecond},
		{errMaxConns, 0},
	} {
		last := nextPause(0, tt.why)
		if want := min(10*time.Millisecond, tt.longest); last != want {
			t.Errorf("nextPause(0, %v) = %v, want %v", tt.why, last, want)
		}
		for range 100 {
			next := nextPause(last, tt.why)
			if next != min(2*last, tt.longest) {
				t.Errorf("nextPause(%v, %v) = %v, want %v", last, tt.why, next, min(2*last, tt.longest))
			}
			last = next
		}
		if last != tt.longest {
			t.Errorf("%v: the longest pause is %v, want %v", tt.why, last, tt.longest)
		}
	}
}
