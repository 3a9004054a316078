//go:build unix

package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/berkeley/sock"
)

// lockedBuffer is a log that any goroutine may write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newLoggingServer is a server that only logs, with two listeners.
func newLoggingServer() (*server, *lockedBuffer) {
	log := &lockedBuffer{}
	o := &options{}
	s := &server{options: o, log: newLogger(log, o)}
	s.listeners = []*listener{{url: "tcp://a"}, {url: "tcp://b"}}
	return s, log
}

// A flood of one kind is cut and counted. Other kinds and other listeners keep their lines.
func TestLinesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newLoggingServer()
		a, b := s.listeners[0], s.listeners[1]
		for range maxLines + 1000 {
			s.warn(a, connectionFailed, "err", sock.ECONNRESET)
		}
		s.warn(a, lostInQueue)
		s.warn(b, connectionFailed)
		for text, want := range map[string]int{
			`msg="connection failed" listener=tcp://a`: maxLines,
			`msg="connection failed" listener=tcp://b`: 1,
			lineText[lostInQueue]:                      1,
			"suppressed":                               0,
		} {
			if got := strings.Count(log.String(), text); got != want {
				t.Errorf("%d lines with %q, want %d", got, text, want)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if want := `msg="lines suppressed" listener=tcp://a like="connection failed" lines=1000`; !strings.Contains(log.String(), want) {
			t.Errorf("after a second the log lacks %q:\n%s", want, log)
		}
		s.warn(a, connectionFailed)
		if got := strings.Count(log.String(), `msg="connection failed" listener=tcp://a`); got != maxLines+1 {
			t.Errorf("%d lines in the next second, want %d", got, maxLines+1)
		}
	})
}

// The end does not lose the count of what was suppressed in the last second.
func TestSuppressedLinesAreReportedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newLoggingServer()
		for range maxLines + 5 {
			s.warn(s.listeners[0], datagramTooLong)
		}
		s.logCounters()
		if want := `like="datagram too long" lines=5`; !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := strings.Count(log.String(), "suppressed"); n != 1 {
			t.Errorf("suppressed lines were reported %d times", n)
		}
	})
}

func TestEveryLineKindHasItsText(t *testing.T) {
	for kind, text := range lineText {
		if text == "" {
			t.Errorf("kind %d has no text", kind)
		}
	}
}
