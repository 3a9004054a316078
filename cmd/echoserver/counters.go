//go:build unix

package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"example.com/berkeley/sock"
)

// counters counts events and bytes of a listener.
type counters struct {
	accepted atomic.Int64 // clients, or datagrams
	active   atomic.Int64 // clients that are connected
	received atomic.Int64 // bytes
	sent     atomic.Int64 // bytes
	failed   atomic.Int64 // clients that didn't get everything
	refused  atomic.Int64 // messages above -max-message, datagrams that get no answer
	spooled  atomic.Int64 // bytes that went to files
}

// ended counts a client whose conversation has ended with err.
func (c *counters) ended(err error) {
	if err == nil {
		return
	}
	c.failed.Add(1)
	if err == errTooLong || err == errSpoolDisk || errors.Is(err, sock.EMSGSIZE) {
		c.refused.Add(1)
	}
}

// table returns each counter with its name in the log. At the server's end, clients that are left get a reset.
func (c *counters) table(atEnd bool) []slog.Attr {
	failed := c.failed.Load()
	active := c.active.Load() // after failed, so that no client counts twice
	if atEnd {
		active, failed = 0, failed+active
	}
	return []slog.Attr{
		slog.Int64("accepted", c.accepted.Load()),
		slog.Int64("active", active),
		slog.Int64("received", c.received.Load()),
		slog.Int64("sent", c.sent.Load()),
		slog.Int64("failed", failed),
		slog.Int64("refused", c.refused.Load()),
		slog.Int64("spooled", c.spooled.Load()),
	}
}

// logCounters logs every listener's counters, one line per listener.
func (s *server) logCounters(atEnd bool) {
	for _, l := range s.listeners {
		s.reportAllSuppressed(l)
		attrs := append([]slog.Attr{slog.String("listener", l.url)}, l.counters.table(atEnd)...)
		s.log.LogAttrs(context.Background(), slog.LevelInfo, "counters", attrs...)
	}
}
