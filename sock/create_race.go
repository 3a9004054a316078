//go:build unix

package sock

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"time"
)

// Limits for the attempts to connect to one of several addresses.
const (
	attemptDelay    = 250 * time.Millisecond // between the starts of two: RFC 8305, section 8
	minAttemptDelay = 100 * time.Millisecond // the same if the deadline is near: the minimum of RFC 8305
	minAttemptTime  = 2 * time.Second        // before one is given up for another, as in net.Dialer
	maxAttempts     = 16                     // in progress at once
)

// happyEyeballs connects a socket of type S to one of several addresses: RFC 8305. The goroutine that calls connectAny
// makes all sockets, so that they are in its thread's network namespace, as in C. Other goroutines connect them.
type happyEyeballs[S any] struct {
	open    func(sa Sockaddr) (S, error)                      // makes a socket
	connect func(ctx context.Context, s S, sa Sockaddr) error // connects it
	close   func(s S)
	explain func(sa Sockaddr, err error) error // adds the address to an error

	delay    time.Duration // between the starts of two attempts
	atOnce   int           // how many attempts may be in progress
	addrs    []Sockaddr    // to try next
	underWay int
	results  chan attempt[S]
	failures attemptErrors
}

// attempt is the result of an attempt: a connected socket, or one that was closed because of err.
type attempt[S any] struct {
	socket S
	err    error
}

// attemptErrors are the errors of several attempts, in the order in which they ended.
type attemptErrors []error

func (e attemptErrors) Error() string   { return errors.Join(e...).Error() }
func (e attemptErrors) Unwrap() []error { return e }

// Timeout reports whether all attempts timed out, for net.Error.
func (e attemptErrors) Timeout() bool {
	return !slices.ContainsFunc(e, func(err error) bool {
		timeout, ok := err.(net.Error)
		return !ok || !timeout.Timeout()
	})
}

// interleave alternates between two families, starting with that of the first address: RFC 8305, section 4.
func interleave(addrs []Sockaddr) (all []Sockaddr) {
	var families [2][]Sockaddr
	for _, sa := range addrs {
		i := 0
		if sa.Family() != addrs[0].Family() {
			i = 1
		}
		families[i] = append(families[i], sa)
	}
	for len(all) < len(addrs) {
		for i, family := range families {
			if len(family) > 0 {
				all, families[i] = append(all, family[0]), family[1:]
			}
		}
	}
	return all
}

// connectAny returns the first socket that is connected to one of the addresses, and closes the others. If all attempts
// fail, the error joins those of all addresses that were tried before ctx ended.
func (h *happyEyeballs[S]) connectAny(ctx context.Context, addrs []Sockaddr) (s S, err error) {
	switch {
	case contextErr(ctx) != nil:
		return s, h.explain(addrs[0], os.NewSyscallError("connect", contextErr(ctx)))
	case len(addrs) == 1: // needs no other goroutine
		s, err = h.open(addrs[0])
		if err == nil {
			err = h.finish(ctx, s, addrs[0])
		}
		return s, h.explain(addrs[0], err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.addrs, h.results = interleave(addrs), make(chan attempt[S])
	due := time.NewTimer(0)
	defer due.Stop()
	for waiting := h.isWaiting(ctx); waiting || h.underWay > 0; waiting = h.isWaiting(ctx) {
		select {
		case <-h.turn(waiting, due):
			if h.isWaiting(ctx) {
				due.Reset(h.begin(ctx))
			}
		case a := <-h.results:
			h.underWay--
			if a.err == nil {
				cancel()
				h.closeOthers()
				return a.socket, nil
			}
			h.failures = append(h.failures, a.err)
			due.Reset(0)
		}
	}
	switch len(h.failures) {
	case 0:
		return s, h.explain(addrs[0], os.NewSyscallError("connect", contextErr(ctx)))
	case 1:
		return s, h.failures[0]
	}
	return s, h.failures
}

// isWaiting reports whether an address remains to be tried.
func (h *happyEyeballs[S]) isWaiting(ctx context.Context) bool {
	return len(h.addrs) > 0 && contextErr(ctx) == nil
}

// contextErr returns the error of a context that was canceled or whose deadline has passed. Its Err can be late on a busy machine.
func contextErr(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && time.Until(deadline) <= 0 {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// turn returns the channel that signals when the next attempt is due, nil if none is waiting or no more may be in progress.
func (h *happyEyeballs[S]) turn(waiting bool, due *time.Timer) <-chan time.Time {
	if !waiting || h.underWay == h.atOnce {
		return nil
	}
	return due.C
}

// begin starts an attempt, and returns how long to wait before the next one.
func (h *happyEyeballs[S]) begin(ctx context.Context) (pause time.Duration) {
	sa := h.addrs[0]
	h.addrs = h.addrs[1:]
	s, err := h.open(sa)
	if err != nil {
		h.failures = append(h.failures, h.explain(sa, err))
		return 0
	}
	h.underWay++
	limited, cancel := h.limit(ctx)
	go func() {
		defer cancel()
		h.results <- attempt[S]{s, h.explain(sa, h.finish(limited, s, sa))}
	}()
	return h.pace(ctx)
}

// finish connects a socket, and closes it on error.
func (h *happyEyeballs[S]) finish(ctx context.Context, s S, sa Sockaddr) error {
	err := h.connect(ctx, s, sa)
	if err != nil {
		h.close(s)
	}
	return err
}

// limit returns a context that ends an attempt before ctx does if other addresses are waiting.
func (h *happyEyeballs[S]) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	turns := 1 + len(h.addrs)/h.atOnce
	if !ok || turns == 1 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, max(time.Until(deadline)/time.Duration(turns), minAttemptTime))
}

// pace returns the time to the next attempt, which is shorter if the deadline of ctx is too near for all addresses.
func (h *happyEyeballs[S]) pace(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return h.delay
	}
	share := time.Until(deadline) / time.Duration(len(h.addrs)+1)
	return min(max(share, minAttemptDelay), h.delay)
}

// closeOthers waits for the canceled attempts, and closes the sockets of those that succeeded.
func (h *happyEyeballs[S]) closeOthers() {
	for range h.underWay {
		if a := <-h.results; a.err == nil {
			h.close(a.socket)
		}
	}
}
