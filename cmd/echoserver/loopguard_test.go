//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"
	"time"
)

// address returns the bytes of the i-th sender's address.
func address(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// loops are datagrams of a loop, by their number.
var loops = map[string]func(n int) []byte{
	"4 bytes":    func(n int) []byte { return numbered(n, 4, 0) },
	"128 bytes":  func(n int) []byte { return numbered(n, 128, 0) },
	"129 bytes":  func(n int) []byte { return numbered(n, 129, 0) },
	"1472 bytes": func(n int) []byte { return numbered(n, 1472, 0) },
	"equal ends": func(n int) []byte { return bytes.Repeat(numbered(n, 4, 0), 64) },
}

// A loop ends, whatever the number and size of its datagrams and the delay between the servers, since it needs every answer.
func TestLoopsEnd(t *testing.T) {
	for name, datagram := range loops {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 2, 7, 300} {
				for _, interval := range []time.Duration{0, time.Microsecond, time.Millisecond, 900 * time.Millisecond} {
					loopEnds(t, n, interval, datagram)
				}
			}
		})
	}
}

// So does one of as many datagrams as the help says.
func TestLargeLoopsEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a million datagrams: not with -short")
	}
	for name, datagram := range loops {
		t.Run(name, func(t *testing.T) { loopEnds(t, 4000, 50*time.Millisecond, datagram) })
	}
}

// loopEnds has n datagrams come again after each interval, until none gets an answer.
func loopEnds(t *testing.T, n int, interval time.Duration, datagram func(n int) []byte) {
	t.Helper()
	const limit = 1000
	g := newLoopGuard(limit)
	loop := make([][]byte, n)
	for i := range loop {
		loop[i] = datagram(i)
	}
	rounds := 0
	for now := time.Duration(0); len(loop) > 0; rounds++ {
		if rounds > 2*(limit+withholdEvery*n) {
			t.Fatalf("%d datagrams, %v apart: after %d rounds %d are still in the loop, want 0", n, interval, rounds, len(loop))
		}
		datagram := loop[0]
		loop = loop[1:]
		if !g.withholds(address(1), datagram, now) {
			loop = append(loop, datagram)
		}
		now += interval / time.Duration(n)
	}
	if rounds < limit {
		t.Errorf("%d datagrams, %v apart: the loop ended after %d, want at least %d", n, interval, rounds, limit)
	}
}

// numbered returns a datagram that has its number at an offset.
func numbered(n, size, at int) []byte {
	p := make([]byte, size)
	binary.BigEndian.PutUint32(p[at:], uint32(n))
	return p
}

// A long datagram is no repetition if it differs from all others anywhere.
func TestGuardReadsAll(t *testing.T) {
	const limit, size = 10, 1472
	for at := range size - 3 {
		g := newLoopGuard(limit)
		for i := range 2 * withholdEvery {
			if g.withholds(address(1), numbered(i, size, at), time.Duration(i)) {
				t.Fatalf("withholds = true for datagram %d with its number at offset %d, want false", i, at)
			}
		}
	}
}

// Clients' datagrams are not mistaken for a loop.
func TestGuardSparesClients(t *testing.T) {
	const limit = 1000
	tests := []struct {
		name     string
		count    int
		interval time.Duration
		sender   func(i int) int
		datagram func(i int) uint32
	}{
		{"numbered, 500,000 a second", 1e6, 2 * time.Microsecond, func(int) int { return 1 }, func(i int) uint32 { return uint32(i) }},
		{"equal, one a second", 1e5, time.Second, func(int) int { return 1 }, func(int) uint32 { return 7 }},
		{"equal, up to the limit", limit + 1, time.Microsecond, func(int) int { return 1 }, func(int) uint32 { return 7 }},
		{"equal, of many senders", 1e5, time.Microsecond, func(i int) int { return i % 200 }, func(int) uint32 { return 7 }},
		{"repeated later", 2 * limit, time.Microsecond, func(int) int { return 1 }, func(i int) uint32 { return uint32(i % (limit + 1)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newLoopGuard(limit)
			for i := range tt.count {
				datagram := binary.BigEndian.AppendUint32(nil, tt.datagram(i))
				if g.withholds(address(tt.sender(i)), datagram, time.Duration(i)*tt.interval) {
					t.Fatalf("withholds = true for datagram %d, want false", i)
				}
			}
		})
	}
}

// After a pause, repetitions are counted from the start.
func TestGuardForgetsInAPause(t *testing.T) {
	const limit = 500
	g := newLoopGuard(limit)
	for i := range 100 * limit {
		now := time.Duration(i)*time.Millisecond + time.Duration(i/limit)*repeatPause
		if g.withholds(address(1), nil, now) {
			t.Fatalf("withholds = true for datagram %d, want false", i)
		}
	}
}

// However many forged senders there are, a client's answers are not withheld, and a loop still ends.
func TestGuardUnderFlood(t *testing.T) {
	const limit = 1000
	g := newLoopGuard(limit)
	withheld := 0
	for i := range 300 * limit {
		now := time.Duration(i) * time.Microsecond
		for range 2 { // the second datagram repeats the first
			g.withholds(address(10+i), []byte("forged"), now)
		}
		if i%400 == 0 && g.withholds(address(1), []byte("client"), now) {
			t.Fatalf("withholds = true for a client's datagram after %d forged senders, want false", i)
		}
		if g.withholds(address(2), []byte("loop"), now) {
			withheld++
		}
	}
	if withheld == 0 {
		t.Error("withholds = false for every datagram of a loop among forged senders, want true for some")
	}
}

// A guard has a fixed size, which the help states.
func TestGuardIsBounded(t *testing.T) {
	if size := reflect.TypeFor[loopGuard]().Size(); size > 89<<10 {
		t.Errorf("a guard has %d bytes, want at most %d", size, 89<<10)
	}
	g, from, datagram := newLoopGuard(1), address(1), []byte("datagram")
	if n := testing.AllocsPerRun(1000, func() { g.withholds(from, datagram, 0) }); n > 0 {
		t.Errorf("%v allocations per datagram, want 0", n)
	}
}
