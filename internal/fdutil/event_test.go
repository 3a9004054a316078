//go:build unix

package fdutil_test

import (
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/fdutil"
)

func newEvent(t testing.TB) *fdutil.Event {
	t.Helper()
	e, err := fdutil.NewEvent()
	check(t, err)
	t.Cleanup(e.Close)
	return e
}

// poll returns the events that poll(2) reports for an Event.
func poll(t testing.TB, e *fdutil.Event, msec int) int16 {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(e.Fd()), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, msec)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Error(err)
		}
		return fds[0].Revents
	}
}

func TestEventNotSet(t *testing.T) {
	e := newEvent(t)
	if revents := poll(t, e, 0); revents != 0 {
		t.Errorf("poll: revents = %#x, want 0", revents)
	}
	select {
	case <-e.Done():
		t.Error("Done is closed before Set")
	default:
	}
}

func TestEventSet(t *testing.T) {
	e := newEvent(t)
	for range 2 {
		e.Set()
		for range 2 {
			if revents := poll(t, e, 0); revents&unix.POLLHUP == 0 {
				t.Errorf("poll: revents = %#x, want POLLHUP", revents)
			}
			<-e.Done()
		}
	}
}

func TestEventWakesAll(t *testing.T) {
	e := newEvent(t)
	var ready, woken sync.WaitGroup
	for range 8 {
		ready.Add(1)
		woken.Go(func() {
			ready.Done()
			if revents := poll(t, e, 20_000); revents&unix.POLLHUP == 0 {
				t.Errorf("poll: revents = %#x, want POLLHUP", revents)
			}
		})
	}
	ready.Wait()
	e.Set()
	woken.Wait()
}

func TestEventFromManyGoroutines(t *testing.T) {
	e := newEvent(t)
	var setting sync.WaitGroup
	for range 8 {
		setting.Go(e.Set)
	}
	setting.Wait()
	if revents := poll(t, e, 0); revents&unix.POLLHUP == 0 {
		t.Errorf("poll: revents = %#x, want POLLHUP", revents)
	}
}

func TestEventLeavesNothingOpen(t *testing.T) {
	before := open(t)
	for _, set := range []bool{false, true} {
		e, err := fdutil.NewEvent()
		check(t, err)
		if during := open(t); !slices.Contains(during, e.Fd()) || len(during) != len(before)+2 {
			t.Errorf("open descriptors = %v, want %v, %d and one more", during, before, e.Fd())
		}
		if set {
			e.Set()
		}
		e.Close()
		e.Close()
		if after := open(t); !slices.Equal(after, before) {
			t.Errorf("open descriptors after Close = %v, want %v as before", after, before)
		}
	}
}
