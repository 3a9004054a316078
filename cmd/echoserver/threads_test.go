//go:build unix

package main

import (
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
