//go:build unix

package main

import (
	"bytes"
	"net/netip"
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

// newLoggingServer returns a server with two listeners that only logs.
func newLoggingServer() (*server, *lockedBuffer) {
	log := &lockedBuffer{}
	o := &options{}
	s := &server{options: o, log: newLogger(log, o)}
	s.listeners = []*listener{{url: "tcp://a"}, {url: "tcp://b"}}
	return s, log
}

// A flood of lines of one kind is cut and counted. Lines of other kinds and of other listeners are logged.
func TestLinesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newLoggingServer()
		a, b := s.listeners[0], s.listeners[1]
		for range maxLines + 1000 {
			s.report(a, connectionFailed, func() []any { return []any{"err", sock.ECONNRESET} })
		}
		s.report(a, lostInQueue, noAttributes)
		s.report(b, connectionFailed, noAttributes)
		for text, want := range map[string]int{
			`msg="connection failed" listener=tcp://a`: maxLines,
			`msg="connection failed" listener=tcp://b`: 1,
			lineTypes[lostInQueue].text:                1,
			"suppressed":                               0,
		} {
			if got := strings.Count(log.String(), text); got != want {
				t.Errorf("%d lines contain %q, want %d", got, text, want)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if want := `msg="lines suppressed" listener=tcp://a like="connection failed" lines=1000`; !strings.Contains(log.String(), want) {
			t.Errorf("after a second the log lacks %q:\n%s", want, log)
		}
		s.report(a, connectionFailed, noAttributes)
		if got := strings.Count(log.String(), `msg="connection failed" listener=tcp://a`); got != maxLines+1 {
			t.Errorf("%d lines in the next second, want %d", got, maxLines+1)
		}
	})
}

// The lines that were suppressed in the last second are counted when the server ends.
func TestSuppressedLinesAreReportedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newLoggingServer()
		for range maxLines + 5 {
			s.report(s.listeners[0], datagramTooLong, noAttributes)
		}
		s.logCounters(false)
		if want := `like="datagram too long" lines=5`; !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := strings.Count(log.String(), "suppressed"); n != 1 {
			t.Errorf("suppressed lines were reported %d times, want once", n)
		}
	})
}

// With -v each failed connection has a line, however many fail. Lines about datagrams are still limited.
func TestVerboseLinesOfConnections(t *testing.T) {
	s, log := newLoggingServer()
	s.options.verbose = true
	for range 10 * maxLines {
		s.report(s.listeners[0], connectionFailed, noAttributes)
		s.report(s.listeners[0], datagramTooLong, noAttributes)
	}
	for kind, want := range map[lineKind]int{connectionFailed: 10 * maxLines, datagramTooLong: maxLines} {
		if got := strings.Count(log.String(), lineTypes[kind].text); got != want {
			t.Errorf("%d lines contain %q, want %d", got, lineTypes[kind].text, want)
		}
	}
}

// Without -v, its lines are not counted as suppressed.
func TestDebugLinesAreOff(t *testing.T) {
	s, log := newLoggingServer()
	for range 10 * maxLines {
		s.report(s.listeners[0], fromServer, noAttributes)
	}
	s.logCounters(false)
	if strings.Contains(log.String(), lineTypes[fromServer].text) {
		t.Errorf("the log without -v is not empty:\n%s", log)
	}
}

// A suppressed line is not even formatted.
func TestSuppressedLinesCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newLoggingServer()
		l := s.listeners[0]
		c := newClient(l, 3, sock.Inet(netip.MustParseAddrPort("127.0.0.1:1")))
		err := c.failed("recv", sock.ECONNRESET)
		made := 0
		report := func() {
			s.report(l, connectionFailed, func() []any { made++; return []any{"peer", c.name(), "err", err} })
		}
		for range maxLines + 1 {
			report()
		}
		if allocs := testing.AllocsPerRun(1000, report); allocs != 0 {
			t.Errorf("%v allocations for a suppressed line, want 0", allocs)
		}
		if made != maxLines {
			t.Errorf("%d lines were formatted, want %d", made, maxLines)
		}
	})
}

func noAttributes() []any { return nil }

func TestEveryLineKindHasItsText(t *testing.T) {
	for kind, line := range lineTypes {
		if line.text == "" || line.perSecond < 1 {
			t.Errorf("lineTypes[%d] = %+v, want a text, and at least one line per second", kind, line)
		}
	}
}
