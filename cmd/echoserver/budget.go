//go:build unix

package main

import "sync/atomic"

// budget limits how much of a resource all clients together may have. One client may have at most as much as it leaves
// for the others, so that something is always left for the next one, however many take as much as they can. The queues of
// a network switch share its memory by the same dynamic thresholds.
type budget struct{ left atomic.Int64 }

// take takes n more for a client that has some already. It returns false if this exceeds the client's share.
func (b *budget) take(has, n int64) bool {
	for {
		left := b.left.Load()
		if has+n > left-n {
			return false
		}
		if b.left.CompareAndSwap(left, left-n) {
			return true
		}
	}
}

// give gives back n that a client no longer needs.
func (b *budget) give(n int64) { b.left.Add(n) }
