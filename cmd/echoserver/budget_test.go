//go:build unix

package main

import "testing"

// However many clients take as much as they can, something is left for the next one.
func TestBudget(t *testing.T) {
	const limit = 1 << 20
	var b budget
	b.left.Store(limit)
	for _, tt := range []struct {
		name string
		has  int64
		n    int64
		want bool
	}{
		{"more than half", 0, limit/2 + 1, false},
		{"half", 0, limit / 2, true},
		{"more for the same client", limit / 2, 1, false},
		{"more than half of the rest", 0, limit/4 + 1, false},
		{"half of the rest", 0, limit / 4, true},
		{"a small client", 0, 1000, true},
		{"the small client again", 1000, 1000, true},
	} {
		if got := b.take(tt.has, tt.n); got != tt.want {
			t.Errorf("%s: take(%d, %d) = %t, want %t", tt.name, tt.has, tt.n, got, tt.want)
		}
	}
	for _, n := range []int64{limit / 2, limit / 4, 2000} {
		b.give(n)
	}
	if left := b.left.Load(); left != limit {
		t.Errorf("%d bytes are left after all were given back, want %d", left, limit)
	}
	if b = (budget{}); b.take(0, 1) {
		t.Error("take(0, 1) = true for an empty budget, want false")
	}
}
