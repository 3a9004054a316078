package main

import (
	"testing"
	"time"
)

// pace returns the pacers of all loops of a load.
func pace(rate float64, total int64, duration time.Duration, connections, threads int) (pacers []pacer) {
	o := &options{}
	o.rate, o.total, o.duration, o.connections, o.threads = rate, total, duration, connections, threads
	for i := range threads {
		pacers = append(pacers, newPacer(o, i))
	}
	return pacers
}

// Without a rate, a message can be taken at any time, until the limit is reached.
func TestPacerWithoutRate(t *testing.T) {
	p := pace(0, 2, 0, 1, 1)[0]
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

// All loops together send a load's messages, each when it is due: those of one loop fall between those of the others.
func TestPacer(t *testing.T) {
	for _, tt := range []struct {
		rate                 float64
		total                int64
		duration             time.Duration
		connections, threads int
		want                 int // messages
		timed                bool
	}{
		{10, 0, time.Second, 1, 1, 10, true},
		{10, 0, time.Second, 4, 4, 10, true},
		{10, 0, time.Second, 64, 64, 10, true},
		{10, 0, time.Second, 3, 2, 10, true},
		{10, 0, time.Second, 7, 3, 10, true},
		{0.5, 0, time.Second, 5, 2, 1, true},
		{10, 4, 0, 4, 4, 4, false},
		{10, 4, time.Second, 4, 3, 4, false},
		{10, 25, time.Second, 4, 3, 10, true},
		{7, 0, 3 * time.Second, 3, 2, 21, true},
		{33.3, 100, 0, 7, 3, 100, false},
		{3000, 9000, 0, 5, 5, 9000, false},
	} {
		pacers := pace(tt.rate, tt.total, tt.duration, tt.connections, tt.threads)
		interval := float64(time.Second) / tt.rate
		for i := range pacers {
			pacers[i].begins = time.Second
			if pacers[i].timed != tt.timed {
				t.Errorf("%+v: timed = %t", tt, pacers[i].timed)
			}
		}
		for n := range tt.want {
			due, taken, counted := time.Second+time.Duration(float64(n)*interval), 0, int64(0)
			for i := range pacers {
				if p := &pacers[i]; p.next() == due && !p.take(due-1) && p.take(due) {
					taken++
				}
				counted += pacers[i].dueBy(due)
			}
			if taken != 1 || counted != int64(n+1) {
				t.Errorf("%+v: %d loops send at %v, and %d messages were due, want 1 and %d", tt, taken, due, counted, n+1)
			}
		}
		for i, p := range pacers {
			if !p.over() || p.take(never) {
				t.Errorf("%+v: loop %d has messages left", tt, i)
			}
		}
	}
}

// Without a rate, the loops share the messages by their connections.
func TestPacersShare(t *testing.T) {
	for _, total := range []int64{1, 2, 3, 10, 1<<40 + 1} {
		for _, threads := range []int{1, 2, 3, 7} {
			var sum int64
			for _, p := range pace(0, total, 0, 7, threads) {
				sum += p.limit
			}
			if sum != total {
				t.Errorf("%d loops have %d messages, want %d", threads, sum, total)
			}
		}
	}
}

// The intervals between messages are limited so that adding them to a time doesn't overflow.
func TestPacerExtremes(t *testing.T) {
	for _, tt := range []struct {
		rate        float64
		least, most time.Duration
	}{
		{1e-300, never, 2 * never},
		{1e300, time.Second, time.Second},
	} {
		p := pace(tt.rate, 1<<40, 0, 1, 1)[0]
		p.begins = time.Second
		p.take(p.begins)
		if got := p.next(); got < tt.least || got > tt.most {
			t.Errorf("rate %g: the second message is due at %v, want %v to %v", tt.rate, got, tt.least, tt.most)
		}
	}
}
