//go:build unix

package main

import (
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	recentSets    = 1 << 11 // 32 KiB: each datagram touches another cache line, and most of a larger table would be in no cache
	senderSets    = 1 << 8
	ways          = 4           // entries of a set
	withholdEvery = 100         // beyond the limit, how many repetitions lose one answer
	repeatPause   = time.Second // a sender that does not repeat itself for this long counts from 0 again
	endSize       = 64          // how much of each end of a long datagram is looked at first
)

// loopGuard ends loops: with a forged sender's address, one datagram can make two echo servers answer each other forever.
//
// A loop brings back exactly the bytes that were sent, over and over, without a pause. So the guard looks for datagrams
// that repeat one that the same sender sent in the last second. Beyond a limit of them in a row, it withholds the answer
// to one in a hundred. That is enough, because a datagram in a loop needs every answer: each withheld answer ends it,
// however many datagrams are in the loop. A client that sends equal datagrams loses as many as on a bad path; one that
// numbers them loses none at any rate, as it never repeats itself.
//
// Memory is bounded: both tables have a fixed size. Each entry belongs to a single datagram or sender, so a flood of
// forged senders can make the guard forget a client, which does the client no harm, but can't make it blame one client
// for others: by chance one datagram in 16 million is taken for a repetition. If thousands of datagrams come between two
// turns of a loop, the guard has forgotten some that are in the loop, which then ends later. The hash's seed is secret and
// new in each process. Any goroutine may use a guard.
type loopGuard struct {
	limit   int64
	start   time.Time
	seed    maphash.Seed
	recent  datagrams // of long ones, the ends
	long    datagrams // long ones whose ends repeated
	mu      sync.Mutex
	senders [senderSets][ways]repeater
}

// datagrams remembers datagrams by hashes of them and their senders. An entry has 26 bits of the hash, and 6 of the time.
type datagrams [recentSets][ways]atomic.Uint32

// repeater is a sender that repeats itself.
type repeater struct {
	hash  uint64
	count int64         // repetitions without a pause
	last  time.Duration // the time of the last one, since start
}

// newLoopGuard returns a guard that withholds no answer to the first limit repetitions.
func newLoopGuard(limit int64) *loopGuard {
	return &loopGuard{limit: limit, start: time.Now(), seed: maphash.MakeSeed()}
}

// guardDatagrams starts a guard if one is needed.
func (s *server) guardDatagrams() {
	if s.options.maxRepeats > 0 && slices.ContainsFunc(s.listeners, func(l *listener) bool { return l.Datagram() }) {
		s.guard = newLoopGuard(s.options.maxRepeats)
	}
}

// now returns the time since start, by the monotonic clock.
func (g *loopGuard) now() time.Duration { return time.Since(g.start) }

// withholds records a datagram that was received at a time, and reports whether to withhold its answer. from has the
// bytes of its sender's address.
func (g *loopGuard) withholds(from, datagram []byte, now time.Duration) bool {
	sender := maphash.Bytes(g.seed, from)
	if len(datagram) <= 2*endSize {
		return g.recent.repeated(sender^maphash.Bytes(g.seed, datagram), now) && g.count(sender, now)
	}
	// To hash a long datagram takes longer than anything else here. One whose ends are new is new.
	var ends [2 * endSize]byte
	copy(ends[:], datagram[:endSize])
	copy(ends[endSize:], datagram[len(datagram)-endSize:])
	return g.recent.repeated(sender^maphash.Bytes(g.seed, ends[:]), now) &&
		g.long.repeated(sender^maphash.Bytes(g.seed, datagram), now) && g.count(sender, now)
}

// repeated reports whether a hash was recorded in this second or the one before, and records it.
func (d *datagrams) repeated(hash uint64, now time.Duration) bool {
	const times = 1 << 6
	second := uint32(now/time.Second) % times
	noted := uint32(hash>>32)&^(times-1) | second
	set := &d[hash%recentSets]
	for i := range set {
		old := set[i].Load()
		if old/times == noted/times && (second-old)%times <= 1 {
			set[i].Store(noted)
			return true
		}
	}
	set[rand.Uint32()%ways].Store(noted)
	return false
}

// count counts a repetition, and reports whether to withhold its answer. In a full set, it replaces the sender that
// repeated itself least recently.
func (g *loopGuard) count(sender uint64, now time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	set := &g.senders[sender%senderSets]
	r := &set[0]
	for i := range set {
		if set[i].hash == sender {
			r = &set[i]
			break
		}
		if set[i].last < r.last {
			r = &set[i]
		}
	}
	if r.hash != sender || now-r.last >= repeatPause {
		*r = repeater{hash: sender}
	}
	r.last = now
	r.count++
	return r.count > g.limit && r.count%withholdEvery == 0
}
