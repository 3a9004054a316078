package life

import (
	"slices"
	"strings"
)

// Bounds of a drawing.
const (
	mostRows   = 160 // rows in all
	foldHead   = 8   // rows drawn of a stretch in which no state changes, at its beginning
	foldTail   = 4   // and at its end
	foldLeast  = 6   // the fewest rows that are worth folding
	mostLanes  = 10  // sockets side by side, on each side
	mostPieces = 4   // lines of a call
)

// folded has the rows to draw: all, unless they are too many. Then the middle of each stretch without news of states goes,
// and if that isn't enough, the middle of the run.
func (r *Run) folded(sharing bool) []*row {
	rows := r.rows(sharing)
	if len(rows) <= mostRows {
		return rows
	}
	var kept []*row
	for start := 0; start < len(rows); {
		end := start
		for end < len(rows) && !rows[end].changes() {
			end++
		}
		kept = append(kept, fold(rows[start:end], foldHead, foldTail)...)
		if end < len(rows) {
			kept = append(kept, rows[end])
			end++
		}
		start = end
	}
	return fold(kept, mostRows*2/3, mostRows/3-1)
}

// changes reports whether a row has a state that is another than before, or something to say.
func (w *row) changes() bool {
	return len(w.notes) > 0 || slices.ContainsFunc(w.states, func(s State) bool { return s.Changed })
}

// fold puts one row in the place of those between the first and the last ones.
func fold(rows []*row, head, tail int) []*row {
	if len(rows) < head+tail+foldLeast {
		return rows
	}
	middle := rows[head : len(rows)-tail]
	folded := append(slices.Clone(rows[:head]), folding(middle))
	return append(folded, rows[len(rows)-tail:]...)
}

// total is what a folded row stands for.
type total struct{ calls, packets, bytes, changes int }

func folding(rows []*row) *row {
	w := &row{at: rows[0].at}
	for _, hidden := range rows {
		w.total.add(hidden)
		w.hidden = append(w.hidden, hidden.hiddenStates()...)
	}
	w.folded = w.total.String()
	return w
}

func (t *total) add(w *row) {
	t.calls += w.total.calls
	t.packets += w.total.packets
	t.bytes += w.total.bytes
	t.changes += w.total.changes
	if w.call != nil && !w.call.Waits {
		t.calls++
	}
	if w.packet != nil {
		t.packets++
		t.bytes += w.packet.Len
	}
	for _, s := range w.states {
		if s.Changed {
			t.changes++
		}
	}
}

func (t total) String() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, plural(n, what))
		}
	}
	add(t.calls, "call")
	add(t.packets, "packet")
	add(t.bytes, "byte")
	if t.changes > 0 {
		parts = append(parts, plural(t.changes, "change")+" of state")
	}
	return strings.TrimSpace(strings.Join(parts, ", ") + " more")
}

// hiddenStates are a row's states, and those that it hides.
func (w *row) hiddenStates() []State { return append(slices.Clone(w.hidden), w.states...) }
