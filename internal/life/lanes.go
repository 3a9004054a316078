package life

// lanes are the places of sockets' lines. Sockets that aren't there at the same time may share one; if there are too many,
// the rest shares the last.
type lanes struct {
	number map[int]int
	count  [2]int
	spans  []span
}

// span is the first and the last row in which a socket has a line.
type span struct{ first, last int }

func newLanes(r *Run, rows []*row) *lanes {
	l := &lanes{number: map[int]int{}, count: [2]int{1, 1}}
	for range r.Sockets {
		l.spans = append(l.spans, span{-1, -1})
	}
	for i, w := range rows {
		l.see(r, w, i)
	}
	for socket, s := range r.Sockets {
		n := l.free(r, socket)
		l.number[socket] = n
		l.count[s.Side] = max(l.count[s.Side], n+1)
	}
	for i := range l.spans {
		if l.spans[i].last < 0 {
			l.spans[i].last = len(rows) // its end wasn't seen
		}
	}
	return l
}

// see notes which sockets a row is about.
func (l *lanes) see(r *Run, w *row, i int) {
	begin := func(socket int) {
		if socket >= 0 && l.spans[socket].first < 0 {
			l.spans[socket].first = i
		}
	}
	if w.packet != nil {
		begin(w.packet.From)
		begin(w.packet.To)
	}
	if w.call != nil {
		begin(w.call.Socket)
	}
	for _, s := range w.hiddenStates() {
		begin(s.Socket)
		if s.Changed {
			l.spans[s.Socket].last = -1
			if s.State == Gone {
				l.spans[s.Socket].last = i
			}
		}
	}
}

// free is the first lane that no earlier socket needs at the same time.
func (l *lanes) free(r *Run, socket int) int {
	taken := map[int]bool{}
	for other, n := range l.number {
		if r.Sockets[other].Side == r.Sockets[socket].Side && l.overlap(other, socket) {
			taken[n] = true
		}
	}
	n := 0
	for n < mostLanes-1 && taken[n] {
		n++
	}
	return n
}

func (l *lanes) overlap(a, b int) bool {
	before := func(a, b span) bool { return a.last >= 0 && a.last < b.first }
	s, t := l.spans[a], l.spans[b]
	return s.first >= 0 && t.first >= 0 && !before(s, t) && !before(t, s)
}
