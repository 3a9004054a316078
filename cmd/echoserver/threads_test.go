//go:build unix

package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Other processes of a control group may have taken the threads that it had left when the server last asked.
func TestPlacesAskAgain(t *testing.T) {
	long := time.Now().Add(-time.Hour)
	w := &workers{limit: 100, limited: true, first: 1, places: 5, allowed: 50, looked: long}
	if grown, full := w.grow(); full || grown != (w.places == 6) {
		t.Errorf("grow() = %t, %t, with %d places afterwards", grown, full, w.places)
	}
	if w.looked == long {
		t.Error("grow() made a place because of an answer that is an hour old")
	}
}

// stopWriter closes a channel when something is written.
type stopWriter struct {
	bytes.Buffer
	stop chan struct{}
}

func (w *stopWriter) Write(p []byte) (int, error) {
	close(w.stop)
	return w.Buffer.Write(p)
}

// A server that has a thread for only one client says that others wait.
func TestOneThreadIsBusy(t *testing.T) {
	log := &stopWriter{stop: make(chan struct{})}
	w := newWorkers(&server{options: &options{buffer: 64 << 10}, log: slog.New(slog.NewTextHandler(log, nil))}, 1)
	for _, want := range []bool{true, false} {
		if got := w.takePlace(log.stop); got != want {
			t.Errorf("takePlace = %t, want %t", got, want)
		}
	}
	if want := `"all threads are busy: further clients wait in the queue" threads=1`; !strings.Contains(log.String(), want) {
		t.Errorf("the log is %q, want it to contain %s", log.String(), want)
	}
}
