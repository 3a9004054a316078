package life

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// AddPackets puts captured packets between the events of a run that began then, by their times. Those of no socket of the
// run are left out. A call that waited for one of them becomes two events: its beginning and its return.
func (r *Run) AddPackets(captured []Captured, began time.Time) {
	began = began.Round(0) // packets have the time of the clock on the wall
	m := newMatcher(r)
	var packets []Event
	for _, c := range captured {
		if p, ok := m.packet(c); ok {
			packets = append(packets, Event{At: c.Time.Sub(began), Packet: p})
		}
	}
	markLost(packets)
	r.Events = append(r.Events, packets...)
	r.order()
}

// order sorts the events by their times.
func (r *Run) order() {
	slices.SortStableFunc(r.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	r.split()
	slices.SortStableFunc(r.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
}

// split makes two events of each call that waited: during which its socket received something other than a mere
// acknowledgement, or another thread made a call.
func (r *Run) split() {
	var events []Event
	for i, e := range r.Events {
		if !r.waited(i) {
			events = append(events, e)
			continue
		}
		begin, end := *e.Call, *e.Call
		begin.Waits, begin.Result, begin.Ready, begin.Woken, begin.Failed, begin.N, begin.Took = true, "", "", nil, false, 0, 0
		end.Args, end.Took, end.Result = end.Args[:min(1, len(end.Args))], 0, cmp.Or(end.Result, "= 0")
		if end.receives() {
			begin.Args, end.Args = end.Args, e.Call.Args // which have what was received
		}
		events = append(events, Event{At: e.At, Call: &begin}, Event{At: e.At + e.Call.Took, Call: &end})
	}
	r.Events = events
}

// waiting are the calls that wait for the peer, beside those that receive.
var waiting = slices.Concat([]string{"connect", "accept", "accept4", "recvmmsg"}, polling)

// waitedErrors are those of calls that waited for what didn't come.
var waitedErrors = []string{"EAGAIN", "EINTR", "ETIMEDOUT"}

// surelyWaited is longer than a call takes that finds something ready.
const surelyWaited = time.Millisecond

func (r *Run) waited(i int) bool {
	e := r.Events[i]
	c := e.Call
	if c == nil || c.Waits || c.Took <= 0 || !c.receives() && !slices.Contains(waiting, c.Name) || c.Result == "EINPROGRESS" {
		return false
	}
	if (c.Thread == pollThread || slices.Contains(waitedErrors, c.Result)) && c.Took >= surelyWaited {
		return true
	}
	for _, during := range r.Events[i+1:] {
		if during.At >= e.At+c.Took {
			break
		}
		if p := during.Packet; p != nil && (p.To == c.Socket || slices.Contains(c.Watched, p.To)) && p.Kind != "ACK" {
			return true
		}
		if d := during.Call; d != nil && d.Side == c.Side && d.Thread != c.Thread {
			return true
		}
	}
	return false
}

// matcher finds the sockets of packets by their names, and counts sequence numbers from the beginning of each connection.
type matcher struct {
	names [][2]netip.AddrPort // of each socket: its own, its peer's
	kinds []Kind
	sides []Side
	first map[direction]uint32 // the sequence number of the SYN
	next  map[direction]uint32 // the one after the last that was sent
}

// direction is one of a connection's two.
type direction struct{ from, to netip.AddrPort }

func newMatcher(r *Run) *matcher {
	m := &matcher{first: map[direction]uint32{}, next: map[direction]uint32{}}
	for _, s := range r.Sockets {
		m.names = append(m.names, [2]netip.AddrPort{parseName(s.Local), parseName(s.Remote)})
		m.kinds, m.sides = append(m.kinds, s.Kind), append(m.sides, s.Side)
	}
	return m
}

// parseName reads a name, and leaves out what a packet doesn't tell of it: a zone, and that IPv4 was used through IPv6.
func parseName(s string) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(s)
	return plainName(ap)
}

func plainName(ap netip.AddrPort) netip.AddrPort {
	if !ap.IsValid() {
		return ap
	}
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}

// find finds the socket that has these names: one connected to the other name, else one that isn't connected.
func (m *matcher) find(kind Kind, own, other netip.AddrPort) int {
	for _, connected := range []bool{true, false} {
		for i, names := range m.names {
			is := names[0] == own || names[0].Addr().IsUnspecified() && names[0].Port() == own.Port()
			if m.kinds[i] == kind && is && (connected && names[1] == other || !connected && !names[1].IsValid()) {
				return i
			}
		}
	}
	return NoSocket
}

// packet makes an event's packet of a captured one. ok is false if it belongs to none of the sockets.
func (m *matcher) packet(c Captured) (p *Packet, ok bool) {
	c.From, c.To = plainName(c.From), plainName(c.To)
	p = &Packet{From: m.find(c.Kind, c.From, c.To), To: m.find(c.Kind, c.To, c.From), Len: c.Len}
	switch {
	case c.Error != "":
		p.From, p.Kind = NoSocket, c.Error
		if p.To != NoSocket {
			p.Side = m.sides[p.To].Other()
		}
		return p, p.To != NoSocket
	case p.From != NoSocket:
		p.Side = m.sides[p.From]
	case p.To != NoSocket:
		p.Side = m.sides[p.To].Other()
	default:
		return nil, false
	}
	if c.Kind == TCP {
		m.number(p, c)
	}
	return p, true
}

// number sets what TCP's header says.
func (m *matcher) number(p *Packet, c Captured) {
	there, back := direction{c.From, c.To}, direction{c.To, c.From}
	p.Kind, p.HasAck = flagNames(c.Flags, c.Len), c.Flags&flagACK != 0
	first, known := m.first[there]
	if c.Flags&flagSYN != 0 && (!known || first != c.Seq) {
		m.first[there], known = c.Seq, true
		delete(m.next, there)
	}
	if !known {
		m.first[there] = c.Seq - 1 // the capture began later
	}
	if _, known := m.first[back]; !known && p.HasAck {
		m.first[back] = c.Ack - 1
	}
	p.Seq = c.Seq - m.first[there]
	if p.HasAck {
		p.Ack = c.Ack - m.first[back]
	}
	size := uint32(c.Len)
	if c.Flags&(flagSYN|flagFIN) != 0 {
		size++
	}
	end := p.Seq + size
	next, sent := m.next[there]
	p.Again = sent && size > 0 && int32(end-next) <= 0
	if !sent || int32(end-next) > 0 {
		m.next[there] = end
	}
}

// flagNames are the flags that a reader looks for: an ACK is in each packet except the first.
func flagNames(flags byte, length int) string {
	var names []string
	for _, f := range []struct {
		bit  byte
		name string
	}{{flagSYN, "SYN"}, {flagFIN, "FIN"}, {flagRST, "RST"}} {
		if flags&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	if flags&flagACK != 0 && (flags&flagSYN != 0 || len(names) == 0 && length == 0) {
		names = append(names, "ACK")
	}
	return strings.Join(names, ", ")
}

// markLost marks each SYN that got no answer before the next.
func markLost(packets []Event) {
	for i, e := range packets {
		p := e.Packet
		if p.Kind != "SYN" {
			continue
		}
		p.Lost = true
		for _, later := range packets[i+1:] {
			q := later.Packet
			if q.From == p.From && q.Kind == "SYN" {
				break
			}
			if q.To == p.From && (q.Kind == "SYN, ACK" || strings.HasPrefix(q.Kind, "RST")) {
				p.Lost = false
				break
			}
		}
	}
}
