package main

import (
	"testing"
	"time"
)

// Without a rate, a message can be taken at any time, until the limit is reached.
func TestPacerWithoutRate(t *testing.T) {
	p := newPacer(&options{}, 2, 1)
	p.begins = time.Second
	for i, want := range []bool{true, true, false, false} {
		if got := p.take(0); got != want {
			t.Errorf("take() of message %d = %t, want %t", i, got, want)
		}
	}
	if !p.over() || p.next() != never {
		t.Errorf("after the last message over() = %t, next() = %v; want true and no time", p.over(), p.next())
	}
}

// A loop with a third of the connections sends a third of the rate, the first message at once.
func TestPacer(t *testing.T) {
	o := &options{}
	o.rate, o.connections, o.duration = 30, 3, time.Second
	p := newPacer(o, 1<<40, 1)
	p.begins = time.Second
	if p.limit != 10 {
		t.Errorf("limit = %d messages in a second, want 10", p.limit)
	}
	for i := range 10 {
		due := time.Second + time.Duration(i)*100*time.Millisecond
		if p.next() != due || p.take(due-1) || !p.take(due) {
			t.Fatalf("message %d is due at %v, want %v", i, p.next(), due)
		}
		if got := p.dueBy(due); got != int64(i+1) {
			t.Errorf("%d messages due at %v, want %d", got, due, i+1)
		}
	}
	if !p.over() || p.take(never) {
		t.Error("over() = false or take() = true after the last message")
	}
}

// The intervals between messages are limited so that adding them to a time doesn't overflow.
func TestPacerExtremes(t *testing.T) {
	o := &options{}
	o.connections = 1
	for _, tt := range []struct {
		rate        float64
		least, most time.Duration
	}{
		{1e-300, never, 2 * never},
		{1e300, time.Second, time.Second},
	} {
		o.rate = tt.rate
		p := newPacer(o, 1<<40, 1)
		p.begins = time.Second
		p.take(p.begins)
		if got := p.next(); got < tt.least || got > tt.most {
			t.Errorf("rate %g: the second message is due at %v, want %v to %v", tt.rate, got, tt.least, tt.most)
		}
	}
}
