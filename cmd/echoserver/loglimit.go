//go:build unix

package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// maxLines is how many lines of most kinds a listener logs per second.
const maxLines = 20

// lineKind is a kind of line that a client or a packet can cause.
type lineKind int

const (
	connectionFailed lineKind = iota
	lostInQueue
	receiveFailed
	datagramTooLong
	fromServer
	sentToMany
	inLoop
	answerFailed
	lineKinds // how many there are
)

// lineTypes has the text of each kind, its level, and how many lines of it a listener logs per second. With -v, lines
// about connections are not limited, as -v asks for the fate of each. Lines about datagrams are.
var lineTypes = [lineKinds]struct {
	text       string
	level      slog.Level
	perSecond  int
	connection bool
}{
	connectionFailed: {"connection failed", slog.LevelWarn, maxLines, true},
	lostInQueue:      {"connection lost in the queue", slog.LevelWarn, maxLines, true},
	receiveFailed:    {"cannot receive datagrams", slog.LevelWarn, maxLines, false},
	datagramTooLong:  {"datagram too long", slog.LevelWarn, maxLines, false},
	fromServer:       {"datagram gets no answer: it seems to come from a server", slog.LevelDebug, maxLines, false},
	sentToMany:       {"datagram gets no answer: it was sent to a broadcast or multicast address", slog.LevelDebug, maxLines, false},
	inLoop:           {"datagram gets no answer: its sender repeats itself without end, as a loop of two servers does", slog.LevelWarn, maxLines, false},
	answerFailed:     {"cannot answer a datagram", slog.LevelWarn, maxLines, false},
}

// lineLimits limits the lines that a listener's clients can cause, each kind separately: otherwise one client that
// connects and resets in a loop could fill the disk. The zero value is ready for use, by any goroutine.
type lineLimits struct {
	mu    sync.Mutex
	kinds [lineKinds]lineLimit
}

// lineLimit counts the lines of one kind in the current second.
type lineLimit struct {
	began      time.Time
	logged     int
	suppressed int64
}

// report logs a line that a client or a packet caused, with the attributes that attrs returns, unless the listener has
// logged enough of its kind in the last second. Then it counts the line without calling attrs, and logs the count when
// the second is over.
func (s *server) report(l *listener, kind lineKind, attrs func() []any) {
	if s.allows(l, kind) {
		t := &lineTypes[kind]
		s.log.Log(context.Background(), t.level, t.text, append([]any{"listener", l.url}, attrs()...)...)
	}
}

func (s *server) allows(l *listener, kind lineKind) bool {
	t := &lineTypes[kind]
	switch {
	case t.level == slog.LevelDebug && !s.options.verbose:
		return false
	case t.connection && s.options.verbose:
		return true
	}
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	limit := &l.lines.kinds[kind]
	if now := time.Now(); now.Sub(limit.began) >= time.Second && limit.suppressed == 0 {
		*limit = lineLimit{began: now}
	}
	if limit.logged < t.perSecond {
		limit.logged++
		return true
	}
	if limit.suppressed++; limit.suppressed == 1 {
		time.AfterFunc(time.Until(limit.began.Add(time.Second)), func() { s.reportSuppressed(l, kind) })
	}
	return false
}

// reportSuppressed logs how many lines of a kind were suppressed since the last report. It holds the lock until the line
// is logged: a report at the server's end must not find the count taken and the line not yet written.
func (s *server) reportSuppressed(l *listener, kind lineKind) {
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	if n := l.lines.kinds[kind].suppressed; n > 0 {
		s.log.Warn("lines suppressed", "listener", l.url, "like", lineTypes[kind].text, "lines", n)
		l.lines.kinds[kind].suppressed = 0
	}
}

// reportAllSuppressed is reportSuppressed for every kind.
func (s *server) reportAllSuppressed(l *listener) {
	for kind := range lineKinds {
		s.reportSuppressed(l, kind)
	}
}
