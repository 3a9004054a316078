package life

import (
	"fmt"
	"strings"
)

// note says what happened, where the calls and the states alone leave it to the reader.
type note struct {
	side Side
	text string
}

// noter knows what has happened so far.
type noter struct {
	*Run
	notes  [][]note
	states map[int]State // the last of each socket
	linger map[int]bool  // sockets that close by a reset
	closed map[int]int   // the event that closed a socket
	shut   map[int]bool  // sockets whose sending side was shut down
	syns   map[int]int   // unanswered
}

// notes has what is to be said of each event.
func (r *Run) notes() [][]note {
	n := &noter{Run: r, notes: make([][]note, len(r.Events)), states: map[int]State{}, linger: map[int]bool{},
		closed: map[int]int{}, shut: map[int]bool{}, syns: map[int]int{}}
	for i, e := range r.Events {
		switch {
		case e.Call != nil:
			n.call(i, e.Call)
		case e.Packet != nil:
			n.packet(i, e.Packet)
		default:
			for _, s := range e.States {
				n.state(i, s)
			}
		}
	}
	return n.notes
}

func (n *noter) add(i int, side Side, format string, args ...any) {
	n.notes[i] = append(n.notes[i], note{side, fmt.Sprintf(format, args...)})
}

// errorNotes are what an errno means to the call that returns it.
var errorNotes = map[string]string{
	"ECONNRESET":   "the peer sent a reset",
	"EPIPE":        "the connection is broken",
	"EINPROGRESS":  "the kernel goes on connecting",
	"ECONNREFUSED": "no socket has that port",
	"ETIMEDOUT":    "the peer did not answer",
	"EADDRINUSE":   "another socket has that name",
	"EINTR":        "a signal came",
	"EAGAIN":       "nothing came in time",
}

func (n *noter) call(i int, c *Call) {
	if c.Waits {
		return
	}
	if text := errorNotes[c.Result]; text != "" {
		n.add(i, c.Side, "%s", text)
	}
	switch {
	case c.Ready != "":
		n.add(i, c.Side, "ready: %s", c.Ready)
	case c.Thread == pollThread && !c.Failed:
		n.add(i, c.Side, "nothing is ready")
	}
	switch c.Name {
	case "setsockopt":
		if strings.Contains(strings.Join(c.Args, " "), "SO_LINGER") {
			n.linger[c.Socket] = true
		}
	case "shutdown":
		n.shut[c.Socket] = !c.Failed
	case "close":
		n.closing(i, c)
	}
}

// closing says why a close doesn't end a connection as it should.
func (n *noter) closing(i int, c *Call) {
	n.closed[c.Socket] = i
	before := n.states[c.Socket]
	if n.Sockets[c.Socket].Kind != TCP || !talks(before.State) {
		return
	}
	switch reset := n.isReset(i, c.Socket); {
	case reset && before.Unread > 0:
		n.add(i, c.Side, "%s unread: a reset, no FIN", plural(before.Unread, "byte"))
	case reset && n.linger[c.Socket]:
		n.add(i, c.Side, "linger time 0: a reset, no FIN")
	case before.Unsent > few:
		n.add(i, c.Side, "FIN waits behind %s", plural(before.Unsent, "byte"))
	}
}

// isReset reports whether a connection was gone at once after the close of event i, with no FIN to answer.
func (n *noter) isReset(i, socket int) bool {
	for _, e := range n.Events[i+1:] {
		if p := e.Packet; p != nil && p.From == socket {
			return p.Kind == "RST"
		}
		for _, s := range e.States {
			if s.Socket == socket {
				return s.State == Gone
			}
		}
	}
	return false
}

// few bytes in a send queue are likely to be just on their way.
const few = 1024

func (n *noter) packet(i int, p *Packet) {
	switch {
	case p.Kind == "SYN" && p.Lost:
		n.syns[p.From]++
		if n.listenerIsFull() {
			n.add(i, p.Side.Other(), "the queue is full: the kernel drops the SYN")
		}
	case p.Kind == "SYN" && p.Again || p.Kind == "SYN" && n.syns[p.From] > 0:
		n.add(i, p.Side, "sent again by the kernel")
		n.syns[p.From] = 0
	case p.Again && p.Kind != "ACK":
		n.add(i, p.Side, "sent again by the kernel")
	}
}

// listenerIsFull reports whether a listener's queue was seen to have no place left. The kernel takes one more than the limit.
func (n *noter) listenerIsFull() bool {
	for _, s := range n.states {
		if s.State == "LISTEN" && s.Unread > s.Unsent {
			return true
		}
	}
	return false
}

func (n *noter) state(i int, s State) {
	before, known := n.states[s.Socket]
	n.states[s.Socket] = s
	if !s.Changed {
		return
	}
	side := n.Sockets[s.Socket].Side
	switch s.State {
	case "FIN_WAIT1", "FIN_WAIT2":
		switch {
		case s.State == "FIN_WAIT1" && n.shut[s.Socket] && s.Unsent > few:
			n.add(i, side, "FIN waits behind %s", plural(s.Unsent-1, "byte"))
		case s.State == "FIN_WAIT2" && n.shut[s.Socket]:
			n.add(i, side, "sends no more, still receives")
		}
	case "TIME_WAIT":
		if known && before.State != "TIME_WAIT" {
			n.add(i, side, "closed first, stays for a minute")
		}
	}
}

// talks reports whether a socket of this state has a peer to send its end to.
func talks(state string) bool {
	return state == "ESTABLISHED" || state == "CLOSE_WAIT" || state == Connected
}
