//go:build unix

package main

import (
	"context"
	"log/slog"
	"sync/atomic"
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

// table returns each counter with its name in the log.
func (c *counters) table() []slog.Attr {
	return []slog.Attr{
		slog.Int64("accepted", c.accepted.Load()),
		slog.Int64("active", c.active.Load()),
		slog.Int64("received", c.received.Load()),
		slog.Int64("sent", c.sent.Load()),
		slog.Int64("failed", c.failed.Load()),
		slog.Int64("refused", c.refused.Load()),
		slog.Int64("spooled", c.spooled.Load()),
	}
}

// logCounters logs every listener's counters, one line per listener.
func (s *server) logCounters() {
	for _, l := range s.listeners {
		s.reportAllSuppressed(l)
		attrs := append([]slog.Attr{slog.String("listener", l.url)}, l.counters.table()...)
		s.log.LogAttrs(context.Background(), slog.LevelInfo, "counters", attrs...)
	}
}
