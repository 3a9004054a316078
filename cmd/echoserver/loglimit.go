//go:build unix

package main

import (
	"sync"
	"time"
)

// maxLines is how many lines of one kind a listener logs in a second. The others are counted.
const maxLines = 20

// lineKind is a kind of line that a client or a packet can cause.
type lineKind int

const (
	connectionFailed lineKind = iota
	lostInQueue
	receiveFailed
	datagramTooLong
	answerFailed
	lineKinds // how many there are
)

// lineText has the text of each kind.
var lineText = [lineKinds]string{
	connectionFailed: "connection failed",
	lostInQueue:      "a client was lost in the queue",
	receiveFailed:    "cannot receive datagrams",
	datagramTooLong:  "datagram too long",
	answerFailed:     "cannot answer a datagram",
}

// lineLimits limits the lines that a listener's clients can cause, each kind for itself: otherwise one client that
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

// warn logs a line that a client or a packet caused, unless there were maxLines of its kind in the last second. Then it
// counts the line, and reports the count when the second is over.
func (s *server) warn(l *listener, kind lineKind, args ...any) {
	if s.allow(l, kind) {
		s.log.Warn(lineText[kind], append([]any{"listener", l.url}, args...)...)
	}
}

func (s *server) allow(l *listener, kind lineKind) bool {
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	limit := &l.lines.kinds[kind]
	if now := time.Now(); now.Sub(limit.began) >= time.Second && limit.suppressed == 0 {
		limit.began, limit.logged = now, 0
	}
	if limit.logged < maxLines {
		limit.logged++
		return true
	}
	if limit.suppressed++; limit.suppressed == 1 {
		time.AfterFunc(time.Second-time.Since(limit.began), func() { s.reportSuppressed(l, kind) })
	}
	return false
}

// reportSuppressed logs how many lines of a kind were suppressed since the last report.
func (s *server) reportSuppressed(l *listener, kind lineKind) {
	l.lines.mu.Lock()
	limit := &l.lines.kinds[kind]
	n := limit.suppressed
	limit.suppressed = 0
	l.lines.mu.Unlock()
	if n > 0 {
		s.log.Warn("lines suppressed", "listener", l.url, "like", lineText[kind], "lines", n)
	}
}

// reportAllSuppressed is reportSuppressed for every kind.
func (s *server) reportAllSuppressed(l *listener) {
	for kind := range lineKinds {
		s.reportSuppressed(l, kind)
	}
}
