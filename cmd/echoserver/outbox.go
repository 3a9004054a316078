//go:build unix

package main

// outbox is what a client is owed, in order, with the boundaries of records where the transport keeps them.
type outbox struct {
	data []byte
	sent int   // how much of data is gone
	ends []int // where the records in data end; none on a stream
}

func (o *outbox) empty() bool { return o.sent == len(o.data) }

// size is how much of -max-message there is: a record counts for more than its bytes.
func (o *outbox) size() int { return len(o.data) + 16*len(o.ends) }

func (o *outbox) add(p []byte, record bool) {
	o.data = append(o.data, p...)
	if record {
		o.ends = append(o.ends, len(o.data))
	}
}

// next is what the next send may take: one record, or all there is of a stream.
func (o *outbox) next() []byte {
	for len(o.ends) > 0 && o.ends[0] <= o.sent {
		o.ends = o.ends[1:]
	}
	if len(o.ends) > 0 {
		return o.data[o.sent:o.ends[0]]
	}
	return o.data[o.sent:]
}
