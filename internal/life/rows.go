package life

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is a line of a drawing.
type row struct {
	at     time.Duration
	call   *Call
	packet *Packet
	states []State
	notes  []note
	folded string  // what it stands for, if that isn't drawn
	total  total   // the same in numbers
	hidden []State // the states of the rows that it stands for
	pause  time.Duration
}

// longPause is the shortest time without events that a drawing mentions.
const longPause = 100 * time.Millisecond

// rows has a row for each event. What the kernel said right after a call is in the call's row. If sharing, so is what the
// call sent.
func (r *Run) rows(sharing bool) (rows []*row) {
	notes := r.notes()
	var last *row
	for i, e := range r.Events {
		shared := last != nil && (e.States != nil && last.states == nil && (sharing || last.packet == nil) ||
			e.Packet != nil && sharing && last.packet == nil && last.states == nil && last.call.maySend(e.Packet))
		if !shared {
			next := &row{at: e.At}
			if last != nil && e.At-last.at >= longPause {
				next.pause = e.At - last.at
			}
			rows, last = append(rows, next), next
		}
		last.notes = append(last.notes, notes[i]...)
		switch {
		case e.Call != nil:
			last.call = e.Call
		case e.Packet != nil:
			last.packet = e.Packet
		default:
			last.states = e.States
		}
	}
	return slices.DeleteFunc(rows, func(w *row) bool { return !w.shows() })
}

// maySend reports whether a packet is one that the call may have sent.
func (c *Call) maySend(p *Packet) bool { return c != nil && c.Socket == p.From }

// shows reports whether there is anything to see in a row: states that are as they were say nothing without a call.
func (w *row) shows() bool {
	return w.call != nil || w.packet != nil || len(w.notes) > 0 || slices.ContainsFunc(w.states, State.isNews)
}

// isNews reports whether a state is another than before, or something new waits in the socket.
func (s State) isNews() bool { return s.Changed || s.Refills && s.Unread > 0 }

// news are the states of a side that are new in a row.
func (r *Run) news(w *row, side Side) (news []State) {
	for _, s := range w.states {
		if s.isNews() && r.Sockets[s.Socket].Side == side {
			news = append(news, s)
		}
	}
	return news
}

// String is the state after the socket's descriptor, or a dot if it has none. Where only what waits in the socket is new,
// it is that.
func (s State) String() string {
	fd := "·"
	if s.FD != NoFD {
		fd = fmt.Sprint(s.FD)
	}
	if s.isNews() && !s.Changed {
		return fd + ": " + s.queue()
	}
	return fd + " " + printable(s.State)
}

// queue is what waits in the socket.
func (s State) queue() string {
	if s.State == "LISTEN" {
		return fmt.Sprintf("%d waiting", s.Unread)
	}
	return fmt.Sprintf("%d unread", s.Unread)
}

// text is a call as a C programmer would write it, in pieces that stay on a line.
func (c *Call) pieces() (pieces []string) {
	for _, arg := range c.Args {
		pieces = append(pieces, arg+",")
	}
	if len(pieces) == 0 {
		pieces = []string{""}
	}
	pieces[0] = c.Name + "(" + pieces[0]
	last := &pieces[len(pieces)-1]
	*last = strings.TrimSuffix(*last, ",") + ")"
	if c.Waits {
		return append(pieces, "…")
	}
	return append(pieces, c.Result)
}

// label says in a few words what a packet is; full, with its numbers.
func (p *Packet) label(full bool) string {
	parts := []string{}
	if p.Kind != "" {
		parts = append(parts, p.Kind)
	}
	if p.Len > 0 || p.Kind == "" && !p.HasAck {
		parts = append(parts, plural(p.Len, "byte"))
	}
	if p.HasAck && full {
		parts = append(parts, fmt.Sprintf("seq %d, ack %d", p.Seq, p.Ack))
	} else if p.Kind == "ACK" && p.HasAck {
		parts[0] = fmt.Sprintf("ACK %d", p.Ack)
	}
	if p.Again {
		parts = append(parts, "again")
	}
	return printable(strings.Join(parts, " "))
}
