//go:build unix

package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// route is the way to a server: the addresses that are still to be tried, and the errors of the others.
type route struct {
	options   *options
	addrs     []sock.Sockaddr
	failures  []error
	connected func(c *conversation) // called for each connection
}

func newRoute(ctx context.Context, o *options) (*route, error) {
	addrs, err := resolve(ctx, o)
	if err != nil {
		return nil, err
	}
	return &route{options: o, addrs: addrs, connected: func(*conversation) {}}, nil
}

// connect connects to the next address that can be connected to.
func (r *route) connect(ctx context.Context) (*conversation, error) {
	for len(r.addrs) > 0 {
		sa := r.addrs[0]
		share, cancel := shareOf(ctx, len(r.addrs))
		c, err := connectTo(share, r.options, sa)
		cancel()
		r.addrs = r.addrs[1:]
		if err == nil {
			r.connected(c)
			return c, nil
		}
		r.failures = append(r.failures, err)
	}
	return nil, joined(r.failures)
}

// exchange sends a datagram to the address that c is connected to and waits for the answer. If none comes, it tries the
// server's other addresses: connecting a datagram socket doesn't show whether a server is there. It stays with the first
// address that answers.
func (r *route) exchange(ctx context.Context, c *conversation, p []byte) (*conversation, error) {
	for {
		share, cancel := shareOf(ctx, 1+len(r.addrs))
		err := c.exchangeDatagram(share, p)
		cancel()
		if err == nil {
			r.addrs, r.failures = nil, nil
		}
		if !c.unanswered(err) {
			return c, err
		}
		c.close() // before the next one is bound: -source may name a port
		r.failures = append(r.failures, err)
		next, err := r.connect(ctx)
		if err != nil {
			return c, err
		}
		c = next
	}
}

// unanswered reports whether err means that no answer came: an error of a call on the socket.
func (c *conversation) unanswered(err error) bool {
	var call *callerr.CallError
	return errors.As(err, &call) && call.Address == c.remote
}

// shareOf returns the next attempt's share of the time until ctx ends.
func shareOf(ctx context.Context, attempts int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(end)/time.Duration(attempts))
}

// within returns d, or less if ctx ends before that; 0 means forever.
func within(ctx context.Context, d time.Duration) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return d
	}
	left := max(time.Until(end), 1)
	if d == 0 {
		return left
	}
	return min(d, left)
}

// joined joins errors on one line.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	var texts []string
	for _, err := range errs {
		texts = append(texts, err.Error())
	}
	return errors.New(strings.Join(texts, "; "))
}
