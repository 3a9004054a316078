//go:build unix

package sock

import (
	"context"
	"errors"
	"math"
	"net"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Limits of attempts to connect to one of several addresses.
const (
	attemptDelay    = 250 * time.Millisecond // between the beginnings of two: RFC 8305, section 8
	minAttemptDelay = 100 * time.Millisecond // if the deadline is near: the least that RFC 8305 recommends
	minAttemptTime  = 2 * time.Second        // before one makes room for another, as in net.Dialer
	maxAttempts     = 16                     // under way at once
)

// happyEyeballs connects to one of several addresses: RFC 8305. One thread makes all the calls, so that the sockets are in
// its network namespace, as in C.
type happyEyeballs struct {
	Endpoint
	ctx      context.Context
	addrs    []Sockaddr // to try next
	attempts []attempt  // under way
	due      time.Time  // of the next attempt
	failures []error
}

// attempt is a socket that is being connected.
type attempt struct {
	fd  int
	sa  Sockaddr
	end time.Time // when it makes room for another; zero if it need not
}

// interleave has two families take turns, beginning with the first address's: RFC 8305, section 4.
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

// connect gives the first socket that is connected, and closes the others.
func (h *happyEyeballs) connect() (fd int, err error) {
	defer func() {
		for _, a := range h.attempts {
			Close(a.fd)
		}
	}()
	if fd = h.begin(); fd < 0 && len(h.attempts) > 0 {
		fd, err = h.race()
	}
	if fd < 0 && err == nil {
		err = h.failure()
	}
	return fd, err
}

// race waits for the attempts that are under way, and begins others, until one succeeds or none is left.
func (h *happyEyeballs) race() (fd int, err error) {
	done, release, err := endOf(h.ctx)
	if err != nil {
		return -1, err
	}
	defer release()
	for len(h.attempts) > 0 {
		if fd, err = h.await(done); fd >= 0 || err != nil {
			return fd, err
		}
		if fd = h.begin(); fd >= 0 {
			return fd, nil
		}
	}
	return -1, nil
}

// failure joins the errors. Of addresses that were not tried before ctx ended there are none, unless none was tried.
func (h *happyEyeballs) failure() error {
	if len(h.failures) == 0 {
		h.fail("connect", h.addrs[0], h.ctx.Err())
	}
	return errors.Join(h.failures...)
}

// begin makes the attempts that are due. Its fd is that of one which succeeds at once, or -1.
func (h *happyEyeballs) begin() (fd int) {
	for len(h.addrs) > 0 && len(h.attempts) < maxAttempts && h.ctx.Err() == nil && !time.Now().Before(h.due) {
		sa := h.addrs[0]
		h.addrs = h.addrs[1:]
		fd, err := Socket(sa.Family(), h.Type, h.Protocol)
		if err != nil {
			h.fail("socket", sa, err)
			continue
		}
		if h.start(fd, sa) {
			return fd
		}
	}
	return -1
}

// start begins an attempt, and tells whether it succeeded at once.
func (h *happyEyeballs) start(fd int, sa Sockaddr) (connected bool) {
	if sa.Family() == unix.AF_UNIX { // the one address of its endpoint, with a queue that poll(2) doesn't wait for
		return h.finish(fd, sa, ConnectContext(h.ctx, fd, sa))
	}
	pending, err := beginConnect(fd, sa)
	switch {
	case pending:
		now := time.Now()
		h.due = now.Add(h.delay(now))
		h.attempts = append(h.attempts, attempt{fd, sa, h.end(now)})
		return false
	case err == nil:
		err = finishConnect(fd)
	}
	return h.finish(fd, sa, err)
}

// finish ends an attempt, and tells whether it succeeded. If not, the next one is due.
func (h *happyEyeballs) finish(fd int, sa Sockaddr, err error) (connected bool) {
	if err == nil {
		return true
	}
	Close(fd)
	h.fail("connect", sa, err)
	return false
}

func (h *happyEyeballs) fail(call string, sa Sockaddr, err error) {
	h.failures = append(h.failures, &net.OpError{Op: call, Net: h.Network, Addr: sa, Err: err})
	h.due = time.Time{}
}

// delay is the time to the next attempt, shorter where ctx's doesn't suffice for all addresses.
func (h *happyEyeballs) delay(now time.Time) time.Duration {
	deadline, ok := h.ctx.Deadline()
	if !ok {
		return attemptDelay
	}
	share := deadline.Sub(now) / time.Duration(len(h.addrs)+1)
	return min(max(share, minAttemptDelay), attemptDelay)
}

// end is when an attempt that begins now makes room for another one, if the addresses have to take turns.
func (h *happyEyeballs) end(now time.Time) time.Time {
	deadline, ok := h.ctx.Deadline()
	if !ok {
		return time.Time{}
	}
	turns := 1 + len(h.addrs)/maxAttempts
	return now.Add(max(deadline.Sub(now)/time.Duration(turns), minAttemptTime))
}

// isCrowded tells whether an address waits for an attempt to make room.
func (h *happyEyeballs) isCrowded() bool {
	return len(h.addrs) > 0 && len(h.attempts) == maxAttempts
}

// await waits until an attempt succeeds or fails, until the next one is due, or until ctx ends. Its fd is that of an attempt
// which succeeded, or -1.
func (h *happyEyeballs) await(done int) (fd int, err error) {
	fds := []Pollfd{{Fd: int32(done), Events: unix.POLLIN}}
	for _, a := range h.attempts {
		fds = append(fds, Pollfd{Fd: int32(a.fd), Events: unix.POLLOUT})
	}
	switch _, err := Poll(fds, h.timeout()); {
	case err == EINTR:
		return -1, nil
	case err != nil:
		return -1, err
	case fds[0].Revents != 0:
		h.addrs = nil
	}
	crowded, now, attempts := h.isCrowded(), time.Now(), h.attempts
	h.attempts, fd = nil, -1
	for i, a := range attempts {
		switch {
		case fd >= 0: // the first that answered
			h.attempts = append(h.attempts, a)
		case fds[1+i].Revents != 0:
			fd = h.settle(a)
		case fds[0].Revents != 0:
			h.finish(a.fd, a.sa, h.ctx.Err())
		case crowded && !a.end.IsZero() && !now.Before(a.end):
			h.finish(a.fd, a.sa, context.DeadlineExceeded)
		default:
			h.attempts = append(h.attempts, a)
		}
	}
	return fd, nil
}

// settle gives the socket of an attempt that poll(2) says is over, or -1 if it failed.
func (h *happyEyeballs) settle(a attempt) (fd int) {
	err := SocketError(a.fd)
	if err == nil {
		err = finishConnect(a.fd)
	}
	if h.finish(a.fd, a.sa, err) {
		return a.fd
	}
	return -1
}

// timeout is how long poll(2) may wait, in milliseconds: until the next attempt is due, or until one makes room for it.
func (h *happyEyeballs) timeout() int {
	at := h.due
	if h.isCrowded() {
		at = slices.MinFunc(h.attempts, func(a, b attempt) int { return a.end.Compare(b.end) }).end
	}
	if len(h.addrs) == 0 || at.IsZero() {
		return -1
	}
	return int(min(max(time.Until(at)+time.Millisecond-1, 0)/time.Millisecond, math.MaxInt32))
}
