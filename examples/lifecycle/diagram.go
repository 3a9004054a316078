//go:build linux

package main

import (
	"fmt"
	"strings"

	"example.com/berkeley/sock"
)

// diagram is a run, to be drawn.
type diagram struct {
	scenario
	*recorder
	arrows []*arrow
}

func newDiagram(s scenario, r *recorder) *diagram { return &diagram{s, r, arrows(r.steps)} }

// text is a call as a C programmer would write it, in pieces that stay on a line.
func (st *step) text() (pieces []string) {
	for _, arg := range st.args {
		pieces = append(pieces, fmt.Sprint(arg)+",")
	}
	if len(pieces) == 0 {
		pieces = []string{""}
	}
	pieces[0] = st.call + "(" + pieces[0]
	last := &pieces[len(pieces)-1]
	*last = strings.TrimSuffix(*last, ",") + ")"
	return pieces
}

// result is what it returned, if that says anything.
func (st *step) result() string {
	switch errno, failed := st.err.(sock.Errno); {
	case st.waits:
		return "…"
	case failed:
		return sock.ErrnoName(errno)
	case st.counts:
		return fmt.Sprintf("= %d", st.n)
	}
	return ""
}

// String is the state with the socket's descriptor, a dot if it has none.
func (s sighting) String() string {
	if s.fd == noFd {
		return "· " + s.state
	}
	return fmt.Sprintf("%d %s", s.fd, s.state)
}

// colour is that of a state: on a terminal, and on light and dark paper.
type colour struct {
	terminal    int
	light, dark string
}

var colours = map[string]colour{
	"CLOSE":       {90, "#667080", "#8d97a5"},
	"LISTEN":      {34, "#2f62c9", "#6f9cf5"},
	"SYN_SENT":    {33, "#8f6700", "#e0b341"},
	"SYN_RECV":    {33, "#8f6700", "#e0b341"},
	"ESTABLISHED": {32, "#18794e", "#4cc38a"},
	"FIN_WAIT1":   {35, "#a23e8d", "#de8fcf"},
	"FIN_WAIT2":   {35, "#7f45ba", "#b98df0"},
	"CLOSING":     {35, "#a23e8d", "#de8fcf"},
	"CLOSE_WAIT":  {33, "#b4531c", "#f0935c"},
	"LAST_ACK":    {31, "#c23540", "#f27a83"},
	"TIME_WAIT":   {36, "#0f7285", "#4fb9cc"},
	unconnected:   {90, "#667080", "#8d97a5"},
	connected:     {32, "#18794e", "#4cc38a"},
	gone:          {90, "#667080", "#8d97a5"},
}
