package life

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/berkeley/sock"
)

// Log has the recorder write what it records at once, for ReadLog. So it outlives a process that ends by a signal or
// os.Exit. It also has each call say where in the program it was made.
func (r *Recorder) Log(w io.Writer) { r.log = &recorderLog{to: json.NewEncoder(w)} }

// recorderLog knows what has been written.
type recorderLog struct {
	to      *json.Encoder
	sockets []Socket
	events  int
}

// logLine is a line of a log: what is new since the one before.
type logLine struct {
	Began   time.Time
	Sockets []Socket // all so far
	Events  []Event
	Cut     bool `json:",omitempty"`
}

func (l *recorderLog) write(r *Recorder) {
	if l == nil {
		return
	}
	line := logLine{Began: r.began.Round(0), Sockets: r.known(), Events: r.run.Events[l.events:], Cut: r.run.Cut}
	if slices.Equal(line.Sockets, l.sockets) {
		line.Sockets = nil
	}
	l.sockets, l.events = r.known(), len(r.run.Events)
	_ = l.to.Encode(line) // a log that can't be written ends early
}

// ReadLog makes a run of a log whose process has ended, and asks the kernel about the sockets that outlive it. A line that
// isn't complete is left out. capture has the packets; if it is nil, they are inferred.
func ReadLog(title string, log []byte, capture *Capture) (*Run, error) {
	r, began := &Run{Title: title}, time.Time{}
	for line := range bytes.Lines(log) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var l logLine
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, err
		}
		began, r.Cut = l.Began, r.Cut || l.Cut
		r.Events = append(r.Events, l.Events...)
		if l.Sockets != nil {
			r.Sockets = l.Sockets
		}
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("log of a recorder: %w", err)
	}
	if !r.Cut && len(r.Sockets) > 0 {
		r.outlive(time.Since(began))
	}
	r.finish(capture, began)
	return r, nil
}

// outlive adds what the kernel says about the sockets of a process that has ended.
func (r *Run) outlive(at time.Duration) {
	asker := NewAsker()
	defer asker.Close()
	last := map[int]State{}
	for _, e := range r.Events {
		for _, s := range e.States {
			last[s.Socket] = s
		}
	}
	var seen []State
	for i, s := range r.Sockets {
		before, now := last[i], State{Socket: i, FD: NoFD}
		if slices.Contains([]string{"", "CLOSE", Unconnected, Gone}, before.State) {
			continue // its end changes nothing
		}
		if s.Kind != TCP || !asker.Ask(&now, sockaddrOf(s.Local), sockaddrOf(s.Remote)) {
			now.State = Gone
		}
		if now.Changed = now.State != before.State; now.Changed {
			seen = append(seen, now)
		}
	}
	if len(seen) > 0 {
		r.Events = append(r.Events, Event{At: at, States: seen})
	}
}

// sockaddrOf reads a name of a TCP socket.
func sockaddrOf(name string) sock.Sockaddr {
	ap, err := netip.ParseAddrPort(name)
	if err != nil {
		return sock.Sockaddr{}
	}
	return sock.Inet(ap)
}

// caller finds the function of package sock that the program called, and the lines of its main.go that led there.
func caller() (function string, lines []int) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	const library, program = "example.com/berkeley/sock.", "main."
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name, isLibrary := strings.CutPrefix(f.Function, library)
		switch {
		case isLibrary && len(lines) == 0:
			name, _, _ = strings.Cut(name, "[")
			function = strings.NewReplacer("(*", "", ")", "").Replace(name)
		case strings.HasPrefix(f.Function, program) && strings.HasSuffix(f.File, "/main.go"):
			lines = append(lines, f.Line)
		}
	}
	return function, lines
}
