//go:build unix

package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// route is the way to a server: its addresses that are still to be tried, and what came of the others.
type route struct {
	*options
	addrs     []sock.Sockaddr
	failures  []error
	connected func(c *conversation) // is told of each connection
}

func newRoute(ctx context.Context, o *options) (*route, error) {
	addrs, err := o.resolve(ctx)
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

// exchange sends a datagram to the address that c is connected to and waits for the answer. If none comes and the server
// has other addresses, it goes on to them: connecting a datagram socket doesn't show whether anybody serves there. The
// first address that answers is the one that stays.
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

// unanswered tells whether err means that there was no answer: an error of a call on the socket.
func (c *conversation) unanswered(err error) bool {
	var call *endpoint.CallError
	return errors.As(err, &call) && call.Address == c.remote
}

// shareOf divides the time until ctx ends among a number of attempts: the next one has its share.
func shareOf(ctx context.Context, attempts int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(end)/time.Duration(attempts))
}

// within is d, or less if ctx ends before; 0 is for ever.
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

// joined is some errors as one, on one line.
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
